import type { StreamEntry } from '../stream-entry.js';
import type { EntryState } from './directory-cache.js';

export type EntryListener = (entry: StreamEntry | undefined) => void;

/** Entries that are read again at the same time after an interruption. */
const READS_AT_ONCE = 32;

interface Listening {
  readonly listener: EntryListener;
  heard: boolean;
}

interface Watched {
  readonly listeners: Set<Listening>;
  /** What the listeners were told last; undefined before the first time. */
  state: EntryState | undefined;
}

export interface WatcherHandlers {
  read(id: string): Promise<EntryState>;
  onError(error: Error): void;
}

/**
 * Who wants to hear of which entry. Each listener hears once what the entry is, then each change.
 *
 * An id is in doubt until it was read after the feed had started, so that a change between two feeds is found;
 * a read that fails leaves it in doubt, and {@link retry} tries again.
 */
export class Watchers {
  private readonly watched = new Map<string, Watched>();
  private readonly doubted = new Set<string>();
  private queue: string[] = [];
  private reads = 0;
  /** Grows when everything comes into doubt, which makes answers that are on their way worthless. */
  private round = 0;

  constructor(private readonly handlers: WatcherHandlers) {}

  /** Returns what ends it. @param seen the revision that the listener's owner knows; it hears of others only */
  add(id: string, listener: EntryListener, seen?: number): () => void {
    const watched: Watched = this.watched.get(id) ?? { listeners: new Set(), state: undefined };
    this.watched.set(id, watched);
    const { state } = watched;
    const listening: Listening = { listener, heard: seen !== undefined && state?.entry?.revision === seen };
    watched.listeners.add(listening);
    if (state === undefined || this.doubted.has(id)) this.doubt([id]);
    else if (!listening.heard) queueMicrotask(() => this.greet(watched, listening));
    return () => {
      watched.listeners.delete(listening);
      if (watched.listeners.size > 0 || this.watched.get(id) !== watched) return;
      this.watched.delete(id);
      this.doubted.delete(id);
    };
  }

  /** The feed told a change. */
  told(id: string, state: EntryState): void {
    this.doubted.delete(id);
    this.tell(id, state);
  }

  /** Reads every watched id again. */
  doubtAll(): void {
    this.round++;
    this.queue = [];
    this.doubt([...this.watched.keys()]);
  }

  /** Reads again what could not be read before. */
  retry(): void {
    if (this.queue.length === 0) this.doubt([...this.doubted]);
  }

  clear(): void {
    this.watched.clear();
    this.doubted.clear();
    this.queue = [];
  }

  private doubt(ids: readonly string[]): void {
    for (const id of ids) {
      this.doubted.add(id);
      this.queue.push(id);
    }
    while (this.reads < READS_AT_ONCE && this.queue.length > 0) void this.readQueued();
  }

  private async readQueued(): Promise<void> {
    this.reads++;
    for (let id = this.queue.shift(); id !== undefined; id = this.queue.shift()) {
      if (!this.doubted.has(id)) continue;
      const { round } = this;
      try {
        const state = await this.handlers.read(id);
        if (round === this.round && this.doubted.delete(id)) this.tell(id, state);
      } catch (error) {
        this.handlers.onError(error instanceof Error ? error : new Error(String(error)));
      }
    }
    this.reads--;
  }

  private tell(id: string, state: EntryState): void {
    const watched = this.watched.get(id);
    if (watched === undefined) return;
    const changed = watched.state === undefined || watched.state.entry?.revision !== state.entry?.revision;
    if (changed) watched.state = state;
    for (const listening of [...watched.listeners]) {
      if (changed || !listening.heard) this.tellOne(listening, state.entry);
    }
  }

  /** Only the new one: thousands may listen already, and each of them was told. */
  private greet({ listeners, state }: Watched, listening: Listening): void {
    if (!listening.heard && listeners.has(listening)) this.tellOne(listening, state?.entry);
  }

  private tellOne(listening: Listening, entry: StreamEntry | undefined): void {
    listening.heard = true;
    try {
      listening.listener(entry);
    } catch (error) {
      this.handlers.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
