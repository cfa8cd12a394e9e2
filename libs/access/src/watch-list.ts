import { type AccessEnd, type KeyRef, MAX_RECHECK_KEYS, type Revocation, type Verdict } from './decision.js';
import type { Principal } from './principal.js';

/** How often the list is looked at, while there is something on it. */
const SWEEP_MS = 1_000;
/**
 * Age at which a confirmation is renewed. With a sweep's delay and an answer's time that stays below the 5 s in
 * which a revoked key ends its connections (REVOCATION_BOUND_S), should the announcement be lost.
 */
const CONFIRMED_FOR_MS = 2_500;

/** What has to be known of a credential to watch over it. */
export type Watchable = Pick<Principal, 'keyId' | 'fingerprint' | 'expiresAt'>;

type EndListener = (reason: AccessEnd) => void;

interface Watcher {
  readonly onEnd: EndListener;
  readonly expiresAt: number;
}

/** One secret of one key, with everybody who has a connection open with it. */
interface Watched extends KeyRef {
  readonly watchers: Set<Watcher>;
  /** When the last question that was answered with `valid` had been asked. */
  confirmedAt: number;
  /** Least `expiresAt` among the watchers, or less when that one has left. */
  nextExpiry: number;
}

/**
 * The credentials of open connections, checked again and again. Costs one question for up to 500 keys every few
 * seconds, however many connections each key has, and one timer in all.
 *
 * When nobody can be asked the connections stay: an outage of `auth` must not cut every subscriber off.
 */
export class WatchList {
  private readonly watched = new Map<string, Watched>();
  private timer: NodeJS.Timeout | undefined;
  private rechecking = false;

  /**
   * @param recheck asks about at most {@link MAX_RECHECK_KEYS} keys
   * @param onRevoked hears of each key that a recheck found revoked
   */
  constructor(
    private readonly recheck: (keys: readonly KeyRef[]) => Promise<readonly Verdict[]>,
    private readonly onRevoked: (key: KeyRef) => void,
  ) {}

  /** Adds a connection. Returns what removes it. */
  add(
    { keyId, fingerprint, expiresAt = Number.POSITIVE_INFINITY }: Watchable,
    onEnd: EndListener,
  ): () => void {
    const entry = this.entryOf({ keyId, fingerprint });
    const watcher: Watcher = { onEnd, expiresAt };
    entry.watchers.add(watcher);
    entry.nextExpiry = Math.min(entry.nextExpiry, expiresAt);
    this.timer ??= setInterval(() => this.sweep(), SWEEP_MS);
    return () => {
      entry.watchers.delete(watcher);
      this.forgetUnwatched(entry);
    };
  }

  /** Ends the connections of a key, those excepted that have the secret which goes on. */
  end({ keyId, fingerprint }: Revocation): void {
    for (const entry of [...this.watched.values()]) {
      if (entry.keyId !== keyId || entry.fingerprint === fingerprint) continue;
      this.endWatchers(entry, [...entry.watchers], 'access-revoked');
    }
  }

  close(): void {
    this.watched.clear();
    this.stopWhenIdle();
  }

  private entryOf(key: KeyRef): Watched {
    const id = idOf(key);
    let entry = this.watched.get(id);
    if (entry === undefined) {
      // Not confirmed yet: what admitted the connection may be a decision from the cache, some seconds old.
      const confirmedAt = Number.NEGATIVE_INFINITY;
      entry = { ...key, watchers: new Set(), confirmedAt, nextExpiry: Number.POSITIVE_INFINITY };
      this.watched.set(id, entry);
    }
    return entry;
  }

  private sweep(): void {
    this.endExpired();
    // An answer that takes longer than a sweep is waited for, not asked for again.
    if (this.rechecking) return;
    const renewBefore = performance.now() - CONFIRMED_FOR_MS;
    const due = [...this.watched.values()].filter(({ confirmedAt }) => confirmedAt <= renewBefore);
    if (due.length === 0) return;
    this.rechecking = true;
    void Promise.all(batchesOf(due).map((batch) => this.recheckBatch(batch))).finally(() => {
      this.rechecking = false;
    });
  }

  private async recheckBatch(batch: readonly Watched[]): Promise<void> {
    const askedAt = performance.now();
    let verdicts: readonly Verdict[];
    try {
      verdicts = await this.recheck(batch.map(({ keyId, fingerprint }) => ({ keyId, fingerprint })));
    } catch {
      // Nobody can be asked: these stay due, and the next sweep tries again.
      return;
    }
    for (const [index, entry] of batch.entries()) {
      const verdict = verdicts[index];
      if (verdict === undefined) continue;
      if (verdict === 'valid') entry.confirmedAt = askedAt;
      else {
        this.onRevoked(entry);
        this.endWatchers(entry, [...entry.watchers], verdict);
      }
    }
  }

  private endExpired(): void {
    const now = Date.now();
    for (const entry of [...this.watched.values()]) {
      if (entry.nextExpiry > now) continue;
      const expired: Watcher[] = [];
      entry.nextExpiry = Number.POSITIVE_INFINITY;
      for (const watcher of entry.watchers) {
        if (watcher.expiresAt <= now) expired.push(watcher);
        else entry.nextExpiry = Math.min(entry.nextExpiry, watcher.expiresAt);
      }
      this.endWatchers(entry, expired, 'credential-expired');
    }
  }

  private endWatchers(entry: Watched, watchers: readonly Watcher[], reason: AccessEnd): void {
    for (const watcher of watchers) {
      // One listener may close the others.
      if (entry.watchers.delete(watcher)) watcher.onEnd(reason);
    }
    this.forgetUnwatched(entry);
  }

  private forgetUnwatched(entry: Watched): void {
    const id = idOf(entry);
    if (entry.watchers.size > 0 || this.watched.get(id) !== entry) return;
    this.watched.delete(id);
    this.stopWhenIdle();
  }

  private stopWhenIdle(): void {
    if (this.watched.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

function idOf({ keyId, fingerprint }: KeyRef): string {
  return `${keyId}.${fingerprint}`;
}

function batchesOf<T>(items: readonly T[]): T[][] {
  const batches: T[][] = [];
  for (let at = 0; at < items.length; at += MAX_RECHECK_KEYS)
    batches.push(items.slice(at, at + MAX_RECHECK_KEYS));
  return batches;
}
