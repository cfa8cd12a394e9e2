import { describe, expect, it } from '@jest/globals';
import { median, spread } from './stats.js';

describe('the median', () => {
  it('is the value in the middle, or between the two in the middle', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('changes nothing in what it was given, and is not there for nothing', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('the spread', () => {
  it('is the range as a share of the median', () => {
    expect(spread([9, 10, 11])).toBeCloseTo(0.2);
    expect(spread([10, 10])).toBe(0);
    expect(spread([0, 0])).toBe(0);
  });
});
