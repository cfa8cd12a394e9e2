import { describe, expect, it } from '@jest/globals';
import { Pace } from './pace.js';

describe('Pace', () => {
  it('doubles while attempts fail, between half and all of the ceiling, and never beyond the largest wait', () => {
    const pace = new Pace(5_000);
    for (const ceiling of [1_000, 2_000, 4_000, 5_000, 5_000]) {
      const waitMs = pace.nextMs();
      expect(waitMs).toBeGreaterThanOrEqual(ceiling / 2);
      expect(waitMs).toBeLessThanOrEqual(ceiling);
    }
  });

  it('begins again with what the server said once a connection was of use', () => {
    const pace = new Pace();
    pace.retryMs = 300;
    for (let n = 0; n < 5; n += 1) pace.nextMs();
    pace.reset();
    expect(pace.nextMs()).toBeLessThanOrEqual(300);
  });

  it('adds its own spread to the wait that the server asks for', () => {
    expect(new Pace().nextMs(60_000)).toBeGreaterThan(60_000);
  });

  it('keeps its limit whatever the server says', () => {
    const pace = new Pace(2_000);
    pace.retryMs = 1e15;
    expect(pace.nextMs()).toBeLessThanOrEqual(2_000);
  });
});
