import { Lru } from '#libs/lru';

/** How much of something each may have. */
export interface Rate {
  /** What comes back in a second; 0 is no limit. */
  readonly perSecond: number;
  /** What may be taken at once after a rest. Default: as much as comes back in a second, 1 at least. */
  readonly burst?: number;
}

export interface TokenBucketsOptions {
  /** Buckets that are remembered. One that was not asked for longest is forgotten, and is full again. Default: 10,000. */
  readonly maxBuckets?: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * A token bucket for each key, in memory of this process: several replicas of a service have one each.
 *
 * Whoever has at least one token may take as many as it needs, and pays what it owes before it gets more. So a batch
 * that is larger than the burst is not refused for ever, and over time nobody gets more than the rate.
 */
export class TokenBuckets {
  private readonly buckets: Lru<Bucket>;
  private readonly burst: number;
  private readonly now: () => number;

  constructor(
    private readonly rate: Rate,
    { maxBuckets = 10_000, now = () => performance.now() }: TokenBucketsOptions = {},
  ) {
    this.burst = Math.max(1, rate.burst ?? rate.perSecond);
    this.buckets = new Lru(maxBuckets);
    this.now = now;
  }

  /** Seconds until this key may take something again; 0: now. */
  waitS(key: string): number {
    const bucket = this.buckets.peek(key);
    if (bucket === undefined) return 0;
    return this.waitOf(this.refilled(bucket));
  }

  /** Takes tokens, if the key may take any. @returns 0, or the seconds to wait, when nothing was taken */
  take(key: string, tokens = 1): number {
    if (this.rate.perSecond === 0) return 0;
    const bucket = this.buckets.peek(key) ?? { tokens: this.burst, at: this.now() };
    const waitS = this.waitOf(this.refilled(bucket));
    if (waitS > 0) return waitS;
    bucket.tokens -= tokens;
    this.buckets.set(key, bucket);
    return 0;
  }

  private waitOf({ tokens }: Bucket): number {
    return tokens >= 1 ? 0 : (1 - tokens) / this.rate.perSecond;
  }

  private refilled(bucket: Bucket): Bucket {
    const now = this.now();
    bucket.tokens = Math.min(this.burst, bucket.tokens + ((now - bucket.at) / 1_000) * this.rate.perSecond);
    bucket.at = now;
    return bucket;
  }
}
