import { describe, expect, it } from '@jest/globals';
import { Tally } from './tally.js';

describe('a tally', () => {
  it('has room for as many as it may, by key, and again when one is given back', () => {
    const tally = new Tally(2);
    const places = [tally.take('a'), tally.take('a')];
    expect(places.every((place) => place !== undefined)).toBe(true);
    expect(tally.take('a')).toBeUndefined();
    expect(tally.take('b')).toBeDefined();
    if (places[0] !== undefined) tally.give(places[0]);
    expect(tally.take('a')).toBeDefined();
    expect(tally.take('a')).toBeUndefined();
  });

  it('forgets a key that has nothing', () => {
    const tally = new Tally(0);
    const places = Array.from({ length: 1_000 }, (_, n) => tally.take(`key ${n % 10}`));
    expect(tally.size).toBe(10);
    for (const place of places) if (place !== undefined) tally.give(place);
    expect(tally.size).toBe(0);
  });

  it('counts what others have against the same bound, and tells them of each change', () => {
    const told: [string, number][] = [];
    let others = 1;
    const elsewhere = { count: () => others, own: (key: string, count: number) => told.push([key, count]) };
    const tally = new Tally(2, elsewhere);
    const place = tally.take('a');
    expect([place === undefined, tally.take('a')]).toEqual([false, undefined]);
    others = 0;
    const second = tally.take('a');
    if (second !== undefined) tally.give(second);
    expect(told).toEqual([
      ['a', 1],
      ['a', 2],
      ['a', 1],
    ]);
  });

  it('tells nobody of anything without a bound', () => {
    const told: string[] = [];
    const tally = new Tally(0, { count: () => 1_000, own: (key) => told.push(key) });
    expect(tally.take('a')).toBeDefined();
    expect(told).toEqual([]);
  });
});
