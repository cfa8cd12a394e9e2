import { describe, expect, it } from '@jest/globals';
import { LogRing } from './log-ring.js';

describe('LogRing', () => {
  it('keeps the last lines, oldest first', () => {
    const ring = new LogRing(3);
    for (const line of ['a', 'b', 'c', 'd']) ring.push(line);
    expect(ring.lines()).toEqual(['b', 'c', 'd']);
  });

  it('hands out a copy', () => {
    const ring = new LogRing();
    ring.lines().push('not ours');
    expect(ring.lines()).toEqual([]);
  });
});
