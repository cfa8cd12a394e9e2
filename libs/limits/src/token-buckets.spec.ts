import { describe, expect, it } from '@jest/globals';
import { TokenBuckets } from './token-buckets.js';

function buckets(perSecond: number, more: { burst?: number; maxBuckets?: number } = {}) {
  const clock = { ms: 0 };
  const { burst, maxBuckets } = more;
  return {
    clock,
    bucket: new TokenBuckets(
      { perSecond, ...(burst !== undefined && { burst }) },
      { now: () => clock.ms, ...(maxBuckets !== undefined && { maxBuckets }) },
    ),
  };
}

describe('token buckets', () => {
  it('give a burst at once, then as much as comes back', () => {
    const { bucket, clock } = buckets(10, { burst: 3 });
    expect([1, 2, 3].map(() => bucket.take('a'))).toEqual([0, 0, 0]);
    expect(bucket.take('a')).toBeCloseTo(0.1);
    clock.ms += 100;
    expect(bucket.take('a')).toBe(0);
    expect(bucket.waitS('a')).toBeCloseTo(0.1);
  });

  it('never hold more than the burst, however long the rest was', () => {
    const { bucket, clock } = buckets(10, { burst: 2 });
    bucket.take('a');
    clock.ms += 3_600_000;
    expect([1, 2, 3].map(() => bucket.take('a') > 0)).toEqual([false, false, true]);
  });

  it('let one take more than there is, and have it pay before it takes again', () => {
    const { bucket, clock } = buckets(10);
    expect(bucket.take('a', 1_000)).toBe(0);
    expect(bucket.take('a', 1)).toBeCloseTo(99.1);
    clock.ms += 99_000;
    expect(bucket.waitS('a')).toBeCloseTo(0.1);
    clock.ms += 101;
    expect(bucket.take('a', 1)).toBe(0);
  });

  it('are one for each key', () => {
    const { bucket } = buckets(1);
    expect(bucket.take('a')).toBe(0);
    expect(bucket.take('a')).toBeGreaterThan(0);
    expect(bucket.take('b')).toBe(0);
  });

  it('hold a rate below one a second', () => {
    const { bucket, clock } = buckets(1 / 60);
    expect(bucket.take('a')).toBe(0);
    expect(bucket.take('a')).toBeCloseTo(60);
    clock.ms += 60_001;
    expect(bucket.take('a')).toBe(0);
  });

  it('are bounded in number, and forget who has not asked for longest', () => {
    const { bucket } = buckets(1, { maxBuckets: 2 });
    bucket.take('a');
    bucket.take('b');
    bucket.take('c');
    expect(bucket.waitS('a')).toBe(0);
    expect(bucket.waitS('b')).toBeGreaterThan(0);
    expect(bucket.waitS('c')).toBeGreaterThan(0);
  });

  it('are no limit at a rate of 0, and remember nobody then', () => {
    const { bucket } = buckets(0);
    for (let n = 0; n < 1_000; n += 1) expect(bucket.take('a', 1_000)).toBe(0);
    expect(bucket.waitS('a')).toBe(0);
  });
});
