import { describe, expect, it } from '@jest/globals';
import { Backoff } from './backoff.js';

describe('Backoff', () => {
  it('doubles while restarts do not last, up to ten seconds', () => {
    const backoff = new Backoff();
    const waits = Array.from({ length: 10 }, () => backoff.next(0));
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
  });

  it('begins anew after a server that lived', () => {
    const backoff = new Backoff();
    backoff.next(0);
    backoff.next(0);
    expect(backoff.next(60_000)).toBe(100);
    expect(backoff.next(0)).toBe(200);
  });
});
