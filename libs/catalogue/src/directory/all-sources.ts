import { kindOfStreamId, Problem } from '#libs/contracts';
import type { Bucket, Update } from '#libs/kv';
import type { NatsLink } from '#libs/nats-connection';
import { catalogueBucket } from '../catalogue-bucket.js';
import type { CatalogueOptions } from '../catalogue-options.js';
import { Entries } from '../entries.js';
import { idInKey } from '../keys.js';
import { decodeEntry, type StreamEntry } from '../stream-entry.js';
import { ChangeFeed } from './change-feed.js';

/** Entries read at the same time when the feed starts. */
const READS_AT_ONCE = 32;

/** Hears what a source is; undefined once it does not exist any more. Must not throw. */
export type SourceListener = (id: string, entry: StreamEntry | undefined) => void;

export interface AllSourcesOptions extends CatalogueOptions {
  /** The types that are told; ids of these are remembered, those of others are not. */
  readonly types: readonly string[];
  readonly listener: SourceListener;
}

/**
 * All sources of certain types, of every workspace, for whoever has to run them: each is told once, and then each
 * change of it, at the latest 5 s after it was made.
 *
 * The feed tells what changes and nothing of what is; so at each start of it all entries are read. Whatever it has
 * told meanwhile is newer than what was read.
 */
export class AllSources {
  private readonly bucket: Bucket;
  private readonly entries: Entries;
  private readonly feed: ChangeFeed;
  /** The revision of each source that was told. */
  private readonly told = new Map<string, number>();
  /** What the feed has told since the reading began; undefined when there is nothing to read. */
  private toldWhileReading: Set<string> | undefined = new Set();
  private reading = false;

  private constructor(
    link: NatsLink,
    private readonly options: AllSourcesOptions,
  ) {
    this.bucket = catalogueBucket(link, options.replicas);
    this.entries = new Entries(this.bucket);
    this.feed = new ChangeFeed(link, this.bucket, {
      onStart: () => {
        this.toldWhileReading = new Set();
        void this.readAll();
      },
      onUpdate: (update) => this.take(update),
      // A reading that failed, or that belonged to an earlier feed, is made up for here.
      onProof: () => void this.readAll(),
      onError: (error) => this.report(error),
    });
  }

  /** Returns at once, whether NATS is there or not. @param link stays the caller's to close */
  static open(link: NatsLink, options: AllSourcesOptions): AllSources {
    return new AllSources(link, options);
  }

  /** Tells nothing any more. */
  async close(): Promise<void> {
    this.toldWhileReading = undefined;
    await this.feed.close();
  }

  private async readAll(): Promise<void> {
    const told = this.toldWhileReading;
    if (told === undefined || this.reading) return;
    this.reading = true;
    try {
      const kept = (await this.bucket.keys('entry.*')).map(idInKey).filter(isSource);
      // With those that are known already, one that was deleted unheard is found to be gone.
      const ids = [...new Set([...kept, ...this.told.keys()])];
      for (let start = 0; start < ids.length; start += READS_AT_ONCE) {
        await Promise.all(ids.slice(start, start + READS_AT_ONCE).map((id) => this.read(id, told)));
      }
      if (this.toldWhileReading === told) this.toldWhileReading = undefined;
    } catch (error) {
      this.report(error);
    } finally {
      this.reading = false;
    }
  }

  private async read(id: string, told: ReadonlySet<string>): Promise<void> {
    const entry = await this.entries.read(id).catch((error: unknown) => this.unlessDamaged(error));
    if (entry === 'damaged' || told.has(id) || this.toldWhileReading !== told) return;
    this.tell(id, entry);
  }

  private take({ key, kept }: Update): void {
    const id = idInKey(key);
    if (!isSource(id)) return;
    this.toldWhileReading?.add(id);
    try {
      this.tell(id, kept === undefined ? undefined : decodeEntry(id, kept));
    } catch (error) {
      // Damaged: it goes on as it was.
      this.report(error);
    }
  }

  private tell(id: string, entry: StreamEntry | undefined): void {
    if (entry === undefined) {
      if (this.told.delete(id)) this.options.listener(id, undefined);
      return;
    }
    if (!this.options.types.includes(entry.type) || (this.told.get(id) ?? 0) >= entry.revision) return;
    this.told.set(id, entry.revision);
    this.options.listener(id, entry);
  }

  private unlessDamaged(error: unknown): 'damaged' {
    if (!(error instanceof Problem && error.code === 'internal-error')) throw error;
    this.report(error);
    return 'damaged';
  }

  private report(error: unknown): void {
    this.options.onError?.(error instanceof Error ? error : new Error(String(error)));
  }
}

function isSource(id: string | undefined): id is string {
  return id !== undefined && kindOfStreamId(id) === 'source';
}
