import { Lru } from '#libs/lru';
import type { StreamEntry } from '../stream-entry.js';

/** Milliseconds for which what was read is believed when the feed does not vouch for it. */
export const TRUST_MS = 4_000;

/** Milliseconds for which what was known is used while nothing can be read, as decisions about API keys are. */
const STALE_MS = 60_000;

/** Milliseconds for which a key is believed to keep nothing: short, because what is new must work at once. */
const TRUST_ABSENCE_MS = 1_000;

/** An entry as it was at a revision; `entry` is undefined when it did not exist. */
export interface EntryState {
  readonly entry: StreamEntry | undefined;
  /** 0 when NATS has forgotten that the entry ever was. */
  readonly revision: number;
}

export interface CacheOptions {
  /** Most entries, most names and endpoints that lead to them, and most absent keys; each on its own. */
  readonly maxEntries: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** When the feed last proved that it had told every change; minus infinity while no feed runs. */
  readonly confirmedAt: () => number;
  /** The same, of the last feed when no feed runs. */
  readonly lastConfirmedAt: () => number;
}

/**
 * What a StreamDirectory remembers.
 *
 * Existing and absent keys are kept apart, so that a caller who asks for invented ids cannot push real entries
 * out. Names and endpoints need no time limit: they only lead to an entry, and whoever follows them looks
 * whether that entry still bears the name or the token.
 */
export class DirectoryCache {
  private readonly entries: Lru<{ entry: StreamEntry; readAt: number }>;
  private readonly leads: Lru<string>;
  private readonly absences: Lru<number>;

  constructor(private readonly options: CacheOptions) {
    this.entries = new Lru(options.maxEntries);
    this.leads = new Lru(options.maxEntries);
    this.absences = new Lru(options.maxEntries);
  }

  entry(id: string): StreamEntry | undefined {
    const known = this.entries.get(id);
    if (known === undefined) return undefined;
    const trustedAt = Math.max(known.readAt, this.options.confirmedAt());
    return this.options.now() - trustedAt <= TRUST_MS ? known.entry : undefined;
  }

  /** An entry as it was when it could be read last, if that is not long ago. */
  stale(id: string): StreamEntry | undefined {
    const known = this.entries.get(id);
    if (known === undefined) return undefined;
    const trustedAt = Math.max(known.readAt, this.options.lastConfirmedAt());
    return this.options.now() - trustedAt <= STALE_MS ? known.entry : undefined;
  }

  /** Remembers an entry read at a time, unless a newer revision is known already. */
  keep(entry: StreamEntry, readAt: number): void {
    if ((this.entries.peek(entry.id)?.entry.revision ?? 0) > entry.revision) return;
    this.entries.set(entry.id, { entry, readAt });
  }

  /** Takes over a change that the feed told, where the entry is remembered. */
  change(id: string, { entry }: EntryState): void {
    if (entry === undefined) this.entries.delete(id);
    else if (this.entries.peek(id) !== undefined) this.keep(entry, this.options.now());
  }

  forget(id: string): void {
    this.entries.delete(id);
  }

  /** The id that a name or endpoint key led to. */
  lead(key: string): string | undefined {
    return this.leads.get(key);
  }

  keepLead(key: string, id: string): void {
    this.leads.set(key, id);
  }

  forgetLead(key: string): void {
    this.leads.delete(key);
  }

  /** Whether a key was found to keep nothing a moment ago. */
  isAbsent(key: string): boolean {
    const readAt = this.absences.get(key);
    return readAt !== undefined && this.options.now() - readAt <= TRUST_ABSENCE_MS;
  }

  keepAbsence(key: string, readAt: number): void {
    this.absences.set(key, readAt);
  }

  forgetAbsence(key: string): void {
    this.absences.delete(key);
  }

  clear(): void {
    this.entries.clear();
    this.leads.clear();
    this.absences.clear();
  }
}
