import { describe, expect, it } from '@jest/globals';
import { Pending } from './pending.js';

describe('Pending', () => {
  it('has room until a limit is reached, and again when something is done', () => {
    const pending = new Pending({ messages: 4, bytes: 1_000 });
    const done = [pending.take('a', 1), pending.take('a', 1), pending.take('b', 1), pending.take('c', 1)];
    expect(done.every((each) => each !== undefined)).toBe(true);
    expect(pending.take('d', 1)).toBeUndefined();
    done[2]?.();
    expect(pending.take('d', 1)).toBeDefined();
  });

  it('gives one workspace half of it at the most', () => {
    const pending = new Pending({ messages: 4, bytes: 1_000 });
    expect([pending.take('a', 1), pending.take('a', 1)]).not.toContain(undefined);
    expect(pending.take('a', 1)).toBeUndefined();
    expect(pending.take('b', 1)).toBeDefined();
  });

  it('counts bytes as well', () => {
    const pending = new Pending({ messages: 100, bytes: 1_000 });
    expect(pending.take('a', 501)).toBeUndefined();
    expect(pending.take('a', 500)).toBeDefined();
    expect(pending.take('a', 1)).toBeUndefined();
    expect(pending.take('b', 500)).toBeDefined();
    expect(pending.take('c', 1)).toBeUndefined();
  });

  it('tells when nothing is left', async () => {
    const pending = new Pending({ messages: 4, bytes: 10 });
    await pending.whenEmpty();
    const [first, second] = [pending.take('a', 1), pending.take('b', 1)];
    let empty = false;
    const waiting = pending.whenEmpty().then(() => {
      empty = true;
    });
    first?.();
    await Promise.resolve();
    expect(empty).toBe(false);
    second?.();
    await waiting;
  });
});
