import { Problem } from '#libs/contracts';
import type { Bucket, Update, Updates } from '#libs/kv';
import type { NatsLink } from '#libs/nats-connection';
import { pause } from '#libs/timing';

/** Milliseconds between two proofs that nothing was missed. Two of them and one read make the bound of 5 s. */
const PROOF_MS = 1_000;
/** Milliseconds before a feed that could not start is tried again. */
const RETRY_MS = 250;

export interface FeedHandlers {
  /** The feed tells every change from now on; anything that was known before may be out of date. */
  onStart(): void;
  onUpdate(update: Update): void;
  /** It is proved that all changes made until a moment ago were told. */
  onProof(): void;
  onError(error: Error): void;
}

/**
 * The catalogue's changes as they happen, for one process.
 *
 * A subscription alone cannot be trusted: it is silent when nothing changes and when it is broken. So the newest
 * revision of the bucket is asked for every second and compared with the newest that the feed told. A feed that
 * stays behind is given up, and another one starts.
 */
export class ChangeFeed {
  private readonly closing = new AbortController();
  private readonly running: Promise<void>;
  private provedAt = Number.NEGATIVE_INFINITY;
  private lastProvedAt = Number.NEGATIVE_INFINITY;
  /** The newest revision that the feed told. */
  private told = 0;
  /** The newest revision that the feed must have told by the next proof. */
  private due = 0;
  private current: Updates | undefined;
  private proving = false;

  constructor(
    private readonly link: NatsLink,
    private readonly bucket: Bucket,
    private readonly handlers: FeedHandlers,
  ) {
    this.running = this.run();
  }

  /** When, by `performance.now()`, everything was told; minus infinity while no feed runs. */
  get confirmedAt(): number {
    return this.provedAt;
  }

  /** The same; while no feed runs, of the last one that did. */
  get lastConfirmedAt(): number {
    return this.lastProvedAt;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      if (!(await this.untilUp())) return;
      try {
        await this.follow();
      } catch (error) {
        this.handlers.onError(error instanceof Error ? error : new Error(String(error)));
      }
      this.provedAt = Number.NEGATIVE_INFINITY;
      await pause(RETRY_MS, signal);
    }
  }

  /** @returns false when there is nothing to wait for any more */
  private untilUp(): Promise<boolean> {
    const { signal } = this.closing;
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve(false);
        return;
      }
      const stopListening = this.link.onUp(() => settle(true));
      const onAbort = () => settle(false);
      const settle = (up: boolean) => {
        stopListening();
        signal.removeEventListener('abort', onAbort);
        resolve(up);
      };
      signal.addEventListener('abort', onAbort);
    });
  }

  private async follow(): Promise<void> {
    this.told = await this.bucket.lastRevision();
    this.due = this.told;
    const updates = await this.bucket.updatesAfter(this.told);
    const { signal } = this.closing;
    const stop = () => updates.stop();
    const stopListening = this.link.onDown(stop);
    this.current = updates;
    const timer = setInterval(() => void this.prove(updates), PROOF_MS);
    signal.addEventListener('abort', stop);
    try {
      if (signal.aborted || !this.link.up) return;
      this.handlers.onStart();
      for await (const update of updates) {
        this.told = update.revision;
        this.handlers.onUpdate(update);
      }
    } finally {
      this.current = undefined;
      clearInterval(timer);
      stopListening();
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  private async prove(updates: Updates): Promise<void> {
    if (this.proving) return;
    this.proving = true;
    const askedAt = performance.now();
    const toldBefore = this.told;
    try {
      const newest = await this.bucket.lastRevision();
      if (this.current === updates) this.judge(newest, toldBefore, askedAt);
    } catch (error) {
      if (error instanceof FeedBehind) this.handlers.onError(error);
      updates.stop();
    } finally {
      this.proving = false;
    }
  }

  /** @throws FeedBehind when changes are missing that are older than the proof before */
  private judge(newest: number, toldBefore: number, askedAt: number): void {
    // A bucket that is older than what was told is another one under the same name.
    if (newest < toldBefore || this.told < this.due) throw new FeedBehind();
    this.due = newest;
    if (this.told < newest) return;
    this.provedAt = askedAt;
    this.lastProvedAt = askedAt;
    this.handlers.onProof();
  }
}

class FeedBehind extends Problem {
  constructor() {
    super('unavailable', 'The feed of catalogue changes fell behind and is started again.');
  }
}
