import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { WaitingMessages } from './waiting-messages.js';

const message = (bytes: number) => ({ data: new Uint8Array(bytes) });

describe('WaitingMessages', () => {
  it('gives messages out in their order', () => {
    const waiting = new WaitingMessages<ReturnType<typeof message>>({ maxCount: 10, maxBytes: 100 });
    for (const bytes of [1, 2, 3]) waiting.add(message(bytes));
    expect(waiting.take(2).map(({ data }) => data.length)).toEqual([1, 2]);
    expect(waiting.take(2).map(({ data }) => data.length)).toEqual([3]);
    expect(waiting.take(2)).toEqual([]);
  });

  it('is bounded by number and by bytes, and counts what it had no room for', () => {
    const waiting = new WaitingMessages<ReturnType<typeof message>>({ maxCount: 3, maxBytes: 10 });
    for (const bytes of [5, 6, 5, 1, 0, 0]) waiting.add(message(bytes));
    expect(waiting.takeMissed()).toBe(3);
    expect(waiting.takeMissed()).toBe(0);
    expect(waiting.take(10)).toHaveLength(3);
    waiting.add(message(10));
    expect(waiting.takeMissed()).toBe(0);
  });

  it('wakes who waits, at a message and at the end, and leaves no listener behind', async () => {
    const waiting = new WaitingMessages<ReturnType<typeof message>>({ maxCount: 1, maxBytes: 10 });
    const end = new AbortController();
    const woken = waiting.some(end.signal);
    waiting.add(message(1));
    await woken;
    waiting.take(1);
    expect(getEventListeners(end.signal, 'abort')).toHaveLength(0);
    const ended = waiting.some(end.signal);
    end.abort();
    await ended;
    await waiting.some(end.signal);
  });
});
