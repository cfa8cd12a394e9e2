import { describe, expect, it } from '@jest/globals';
import { Histogram } from './histogram.js';

describe('a histogram', () => {
  it('knows quantiles to within about 1 %', () => {
    const histogram = new Histogram();
    for (let value = 1; value <= 10_000; value += 1) histogram.add(value);
    expect(histogram.size).toBe(10_000);
    for (const share of [0.01, 0.5, 0.99, 1]) {
      const off = histogram.quantile(share) / (share * 10_000) - 1;
      expect(off).toBeGreaterThan(-0.001);
      expect(off).toBeLessThan(0.012);
    }
  });

  it('survives values that are too small or too large', () => {
    const histogram = new Histogram();
    histogram.add(-5);
    histogram.add(1e30);
    expect(histogram.quantile(0.5)).toBe(1);
    expect(histogram.quantile(1)).toBeGreaterThan(1e10);
  });

  it('is put together from parts', () => {
    const a = new Histogram();
    const b = new Histogram();
    a.add(10);
    b.add(1_000, 99);
    a.merge(b.toData());
    expect(a.size).toBe(100);
    expect(a.quantile(0.5)).toBeCloseTo(1_000, -1);
  });

  it('is 0 while it is empty, and when it was cleared', () => {
    const histogram = new Histogram();
    histogram.add(5);
    histogram.clear();
    expect([histogram.size, histogram.quantile(0.99)]).toEqual([0, 0]);
  });
});
