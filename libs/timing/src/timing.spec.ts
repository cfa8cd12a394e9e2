import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { pause, untilItSucceeds, within } from './index.js';

/** Milliseconds that no test could wait for. */
const AGES_MS = 2_000_000;

describe('pause', () => {
  it('ends early and without an error when the signal aborts, and leaves nothing on it', async () => {
    const stop = new AbortController();
    const waited = pause(AGES_MS, stop.signal);
    stop.abort();
    await waited;
    await pause(AGES_MS, stop.signal);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('ends by itself, and takes its listener away from a signal that lives on', async () => {
    const { signal } = new AbortController();
    await pause(1, signal);
    await pause(1);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('within', () => {
  it('gives what comes in time, and undefined for what does not', async () => {
    expect(await within(AGES_MS, Promise.resolve('value'))).toBe('value');
    expect(await within(1, new Promise(() => {}))).toBeUndefined();
    expect(await within(-1, new Promise(() => {}))).toBeUndefined();
  });

  it('hands on what goes wrong', async () => {
    await expect(within(AGES_MS, Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
  });
});

describe('untilItSucceeds', () => {
  it('tries until it succeeds, and tells of each failure that is another, and of one that goes on once a minute', async () => {
    const failures: unknown[] = [];
    const messages = ['a', 'a', 'b', 'b', 'b', 'b'];
    let attempt = 0;
    const value = await untilItSucceeds(
      async () => {
        const message = messages[attempt];
        attempt += 1;
        if (message !== undefined) throw new Error(message);
        return 'done';
      },
      {
        pauseMs: 1,
        signal: new AbortController().signal,
        // Twenty seconds an attempt.
        now: () => attempt * 20_000,
        onFailure: (error) => failures.push([attempt, (error as Error).message]),
      },
    );
    expect([value, failures]).toEqual([
      'done',
      [
        [1, 'a'],
        [3, 'b'],
        [6, 'b'],
      ],
    ]);
  });

  it('ends during a pause when the signal aborts, and says nothing of a failure after it', async () => {
    const stop = new AbortController();
    const failures: unknown[] = [];
    const trying = {
      pauseMs: AGES_MS,
      signal: stop.signal,
      onFailure: (error: unknown) => failures.push(error),
    };
    const tried = untilItSucceeds(() => Promise.reject(new Error('first')), trying);
    await Promise.resolve();
    stop.abort();
    expect(await tried).toBeUndefined();
    const late = new AbortController();
    const failing = () => {
      late.abort();
      return Promise.reject(new Error('second'));
    };
    const before = failures.length;
    expect(await untilItSucceeds(failing, { ...trying, signal: late.signal })).toBeUndefined();
    expect(failures).toHaveLength(before);
  });
});
