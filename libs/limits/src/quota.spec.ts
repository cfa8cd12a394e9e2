import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Quota } from './quota.js';

/** Things that take a while to make, as NATS does. */
function store(most: number, { tooMany = 0 } = {}) {
  const made = new Map<string, number>();
  const has = (owner: string) => made.get(owner) ?? 0;
  const counted: string[] = [];
  const quota = new Quota({
    most,
    what: 'things',
    estimate: async (owner) => {
      await turn();
      return has(owner) + tooMany;
    },
    count: async (owner) => {
      counted.push(owner);
      await turn();
      return has(owner);
    },
  });
  const make = (owner: string) =>
    quota.make(owner, async () => {
      await turn();
      made.set(owner, has(owner) + 1);
      await turn();
      return 'made';
    });
  return { has, counted, make, remove: (owner: string) => made.set(owner, has(owner) - 1) };
}

const refused = expect.objectContaining({ code: 'quota-exceeded', limit: 'things', retryAfterS: 10 });

describe('a quota', () => {
  it('is used up and no more, also by many at once', async () => {
    const { make, has } = store(10);
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => make('a')));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(refused);
    expect(has('a')).toBe(10);
    await expect(make('b')).resolves.toBe('made');
  });

  it('has room again when something was deleted', async () => {
    const { make, remove } = store(1);
    await make('a');
    await expect(make('a')).rejects.toEqual(refused);
    remove('a');
    await expect(make('a')).resolves.toBe('made');
  });

  it('counts exactly where the estimate is too high, and not before', async () => {
    const { make, counted } = store(3, { tooMany: 1 });
    await make('a');
    await make('a');
    expect(counted).toEqual([]);
    await make('a');
    expect(counted).toEqual(['a']);
    await expect(make('a')).rejects.toEqual(refused);
  });

  it('gives the place back when nothing was made', async () => {
    const { make } = store(1);
    const failing = new Quota({ most: 1, what: 'things', estimate: async () => 0, count: async () => 0 });
    const fail = () => failing.make('a', () => Promise.reject(new Error('no')));
    await expect(fail()).rejects.toThrow('no');
    await expect(fail()).rejects.toThrow('no');
    await expect(make('a')).resolves.toBe('made');
  });

  it('is none at 0, and asks nobody then', async () => {
    const quota = new Quota({
      most: 0,
      what: 'things',
      estimate: () => Promise.reject(new Error('asked')),
      count: () => Promise.reject(new Error('asked')),
    });
    await expect(quota.make('a', async () => 'made')).resolves.toBe('made');
  });
});
