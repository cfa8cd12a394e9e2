import { describe, expect, it } from '@jest/globals';
import { Lru } from './lru.js';

describe('Lru', () => {
  it('forgets what was longest not asked for, and never grows over its capacity', () => {
    const lru = new Lru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.get('a');
    lru.set('c', 3);
    expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([1, undefined, 3]);
    expect(lru.size).toBe(2);
  });

  it('does not count a peek as use', () => {
    const lru = new Lru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    expect(lru.peek('a')).toBe(1);
    lru.set('c', 3);
    expect(lru.peek('a')).toBeUndefined();
  });

  it('forgets what it is told to', () => {
    const lru = new Lru<number>(3);
    for (const value of [1, 2, 3]) lru.set(String(value), value);
    lru.deleteWhere((value) => value > 1);
    expect([lru.size, lru.peek('1')]).toEqual([1, 1]);
    lru.delete('1');
    expect(lru.size).toBe(0);
  });

  it('replaces without forgetting another', () => {
    const lru = new Lru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.set('b', 3);
    expect([lru.peek('a'), lru.peek('b')]).toEqual([1, 3]);
  });
});
