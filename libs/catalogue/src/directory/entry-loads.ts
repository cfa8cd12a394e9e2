import type { StreamEntry } from '../stream-entry.js';
import type { EntryState } from './directory-cache.js';

interface Load {
  result: Promise<EntryState>;
  /** What the feed told while the answer was on its way. */
  told: EntryState | undefined;
}

export interface LoadHandlers {
  read(id: string): Promise<StreamEntry | undefined>;
  /** @param askedAt by `performance.now()` */
  onLoaded(id: string, state: EntryState, askedAt: number): void;
}

/**
 * Reads of entries, one at a time for each id however many ask.
 *
 * An answer can be overtaken by the feed's news of the same entry; then the news counts, since the feed will not
 * tell it again.
 */
export class EntryLoads {
  private readonly running = new Map<string, Load>();

  constructor(private readonly handlers: LoadHandlers) {}

  load(id: string): Promise<EntryState> {
    const running = this.running.get(id);
    if (running !== undefined) return running.result;
    const load: Load = { told: undefined, result: Promise.resolve({ entry: undefined, revision: 0 }) };
    this.running.set(id, load);
    load.result = this.run(id, load);
    return load.result;
  }

  told(id: string, state: EntryState): void {
    const load = this.running.get(id);
    if (load !== undefined) load.told = state;
  }

  /** Answers on their way still reach who asked for them, but count for nobody else. */
  disown(id: string): void {
    this.running.delete(id);
  }

  disownAll(): void {
    this.running.clear();
  }

  private async run(id: string, load: Load): Promise<EntryState> {
    const askedAt = performance.now();
    try {
      const entry = await this.handlers.read(id);
      const read = { entry, revision: entry?.revision ?? 0 };
      const state = load.told !== undefined && load.told.revision > read.revision ? load.told : read;
      if (this.running.get(id) === load) this.handlers.onLoaded(id, state, askedAt);
      return state;
    } finally {
      if (this.running.get(id) === load) this.running.delete(id);
    }
  }
}
