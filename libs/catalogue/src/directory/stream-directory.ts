import { isName, isStreamId, Problem } from '#libs/contracts';
import type { Bucket, Update } from '#libs/kv';
import type { NatsLink } from '#libs/nats-connection';
import { catalogueBucket } from '../catalogue-bucket.js';
import type { CatalogueOptions } from '../catalogue-options.js';
import { Entries } from '../entries.js';
import { endpointKey, entryKey, idInKey, isKeyPart, nameKey } from '../keys.js';
import { decodeEntry, endpointTokenOf, type StreamEntry } from '../stream-entry.js';
import { ChangeFeed } from './change-feed.js';
import { DirectoryCache, type EntryState } from './directory-cache.js';
import { EntryLoads } from './entry-loads.js';
import { type EntryListener, Watchers } from './watchers.js';

const MAX_ENTRIES = 10_000;

export interface DirectoryOptions extends CatalogueOptions {
  /** Entries to remember. Default: 10,000. */
  readonly maxEntries?: number | undefined;
}

/**
 * The catalogue as hot paths read it: from memory where that is safe, and with news of changes.
 *
 * What it answers is at most some seconds old: an entry is believed for 4 s after it was read, and longer only while
 * the feed proves that it would have told a change; or, while nothing can be read, for a minute, so that subscribers
 * who lose their connection just then are let in again. It holds what was asked for lately and what is watched, never
 * all streams.
 */
export class StreamDirectory {
  private readonly bucket: Bucket;
  private readonly entries: Entries;
  private readonly cache: DirectoryCache;
  private readonly loads: EntryLoads;
  private readonly watchers: Watchers;
  private readonly feed: ChangeFeed;
  private readonly lookups = new Map<string, Promise<StreamEntry | undefined>>();
  private readonly onError: (error: Error) => void;

  private constructor(link: NatsLink, options: DirectoryOptions) {
    const { replicas, maxEntries = MAX_ENTRIES, onError = () => {} } = options;
    this.onError = onError;
    this.bucket = catalogueBucket(link, replicas);
    this.entries = new Entries(this.bucket);
    this.cache = new DirectoryCache({
      maxEntries,
      now: () => performance.now(),
      confirmedAt: () => this.feed.confirmedAt,
      lastConfirmedAt: () => this.feed.lastConfirmedAt,
    });
    this.loads = new EntryLoads({
      read: (id) => this.entries.read(id),
      onLoaded: (id, state, askedAt) => this.remember(id, state, askedAt),
    });
    this.watchers = new Watchers({ read: (id) => this.current(id), onError });
    this.feed = new ChangeFeed(link, this.bucket, {
      onStart: () => this.startAfresh(),
      onUpdate: (update) => this.take(update),
      onProof: () => this.watchers.retry(),
      onError,
    });
  }

  /** Returns at once, whether NATS is there or not. @param link stays the caller's to close */
  static open(link: NatsLink, options: DirectoryOptions): StreamDirectory {
    return new StreamDirectory(link, options);
  }

  /** Undefined for what does not exist and for what has not the form of an id. */
  async get(id: string): Promise<StreamEntry | undefined> {
    if (!isStreamId(id) || this.cache.isAbsent(entryKey(id))) return undefined;
    return this.cache.entry(id) ?? (await this.lastKnown(id)).entry;
  }

  /** The same at once, for what is remembered; undefined for all else, whether it exists or not. */
  recall(id: string): StreamEntry | undefined {
    return this.cache.entry(id);
  }

  /** By id or name; undefined also for what belongs to another workspace. */
  async find(workspace: string, idOrName: string): Promise<StreamEntry | undefined> {
    if (isStreamId(idOrName)) {
      const entry = await this.get(idOrName);
      return entry?.workspace === workspace ? entry : undefined;
    }
    if (!isKeyPart(workspace) || !isName(idOrName)) return undefined;
    const bears = (entry: StreamEntry) => entry.workspace === workspace && entry.name === idOrName;
    return this.follow(nameKey(workspace, idOrName), bears);
  }

  /** The entry whose settings hold this `endpointToken`. */
  async byEndpointToken(token: string): Promise<StreamEntry | undefined> {
    if (!isKeyPart(token)) return undefined;
    return this.follow(endpointKey(token), (entry) => endpointTokenOf(entry) === token);
  }

  /**
   * Calls the listener soon with what the entry is, unless that is what the caller has `seen` of it, so that nothing
   * slips between `get` and `watch`; then after each change, at the latest 5 s after it. Undefined stands for an entry
   * that does not exist (any more).
   *
   * Returns what ends it.
   */
  watch(id: string, listener: EntryListener, seen?: StreamEntry): () => void {
    return this.watchers.add(id, listener, seen?.revision);
  }

  /** Ends the feed and forgets who watches. */
  async close(): Promise<void> {
    this.watchers.clear();
    await this.feed.close();
  }

  private async lastKnown(id: string): Promise<EntryState> {
    try {
      return await this.current(id);
    } catch (error) {
      const unreadable = error instanceof Problem && error.code === 'unavailable';
      const entry = unreadable ? this.cache.stale(id) : undefined;
      if (entry === undefined) throw error;
      return { entry, revision: entry.revision };
    }
  }

  private async current(id: string): Promise<EntryState> {
    const entry = this.cache.entry(id);
    return entry === undefined ? this.loads.load(id) : { entry, revision: entry.revision };
  }

  /** The entry that a name or endpoint leads to, as long as it bears the name or the token. */
  private async follow(
    key: string,
    bears: (entry: StreamEntry) => boolean,
  ): Promise<StreamEntry | undefined> {
    const lead = this.cache.lead(key);
    const entry = lead === undefined ? undefined : (await this.lastKnown(lead)).entry;
    if (entry !== undefined && bears(entry)) return entry;
    if (this.cache.isAbsent(key)) return undefined;
    let lookup = this.lookups.get(key);
    if (lookup === undefined) {
      lookup = this.lookUp(key, bears).finally(() => this.lookups.delete(key));
      this.lookups.set(key, lookup);
    }
    return lookup;
  }

  /** Reads both keys anew: an entry from memory may be too old to bear a name that it has just been given. */
  private async lookUp(
    key: string,
    bears: (entry: StreamEntry) => boolean,
  ): Promise<StreamEntry | undefined> {
    const askedAt = performance.now();
    const id = (await this.bucket.read(key))?.text;
    if (id !== undefined) {
      this.loads.disown(id);
      const { entry } = await this.loads.load(id);
      if (entry !== undefined && bears(entry)) {
        this.cache.keepLead(key, id);
        return entry;
      }
    }
    this.cache.forgetLead(key);
    this.cache.keepAbsence(key, askedAt);
    return undefined;
  }

  private remember(id: string, { entry }: EntryState, askedAt: number): void {
    if (entry !== undefined) this.cache.keep(entry, askedAt);
    else {
      this.cache.forget(id);
      this.cache.keepAbsence(entryKey(id), askedAt);
    }
  }

  private startAfresh(): void {
    this.cache.clear();
    this.loads.disownAll();
    this.watchers.doubtAll();
  }

  private take({ key, revision, kept }: Update): void {
    this.cache.forgetAbsence(key);
    const id = idInKey(key);
    if (id === undefined) return;
    try {
      const state = { entry: kept === undefined ? undefined : decodeEntry(id, kept), revision };
      this.cache.change(id, state);
      this.loads.told(id, state);
      this.watchers.told(id, state);
    } catch (error) {
      // Damaged: whoever asks for it is told; those who watch it go on with what it was.
      this.cache.forget(id);
      this.loads.disown(id);
      this.onError(error as Error);
    }
  }
}
