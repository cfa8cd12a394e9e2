import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

/** Work that ends when the test says so. */
function work<T>(value: T) {
  let finish: () => void = () => {};
  let started = false;
  const done = new Promise<T>((resolve) => {
    finish = () => resolve(value);
  });
  return {
    finish: () => finish(),
    get started() {
      return started;
    },
    run: () => {
      started = true;
      return done;
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('Turns', () => {
  it('works one thing at a time for a key, and different keys beside each other', async () => {
    const turns = new Turns(10);
    const [first, second, other] = [work(1), work(2), work(3)];
    const results = [turns.take('a', first.run), turns.take('a', second.run), turns.take('b', other.run)];
    await settled();
    expect([first.started, second.started, other.started]).toEqual([true, false, true]);
    first.finish();
    await settled();
    expect(second.started).toBe(true);
    second.finish();
    other.finish();
    expect(await Promise.all(results)).toEqual([1, 2, 3]);
  });

  it('goes on after work that failed', async () => {
    const turns = new Turns(10);
    const failing = turns.take('a', () => Promise.reject(new Error('no')));
    const next = turns.take('a', async () => 'next');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  it('sends away whoever finds the line full', async () => {
    const turns = new Turns(2);
    const works = [work(1), work(2)];
    const taken = works.map(({ run }) => turns.take('a', run));
    await expect(turns.take('a', async () => 3)).rejects.toMatchObject({ code: 'unavailable' });
    for (const { finish } of works) finish();
    await Promise.all(taken);
    expect(await turns.take('a', async () => 4)).toBe(4);
  });
});
