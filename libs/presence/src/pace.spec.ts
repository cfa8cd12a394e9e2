import { describe, expect, it } from '@jest/globals';
import { Pace } from './pace.js';

describe('Pace', () => {
  it('lets a burst through at once, then one each so often, and another burst after a quiet time', () => {
    const pace = new Pace({ burst: 3, everyMs: 100 });
    const times: number[] = [];
    const go = (from: number) => {
      const at = from + pace.waitMs(from);
      pace.take(at);
      times.push(at);
    };
    for (let n = 0; n < 5; n += 1) go(times.at(-1) ?? 0);
    expect(times).toEqual([0, 0, 0, 100, 200]);
    times.length = 0;
    for (let n = 0; n < 4; n += 1) go(times.at(-1) ?? 10_000);
    expect(times).toEqual([10_000, 10_000, 10_000, 10_100]);
  });
});
