import { describe, expect, it } from '@jest/globals';
import { Problem } from '#libs/contracts';
import { idempotencyKey, toNewEvents } from './new-events.js';

const one = (item: unknown, key?: string) => toNewEvents('workflow', { items: [item], batch: false }, key);
const many = (items: unknown[], key?: string) => toNewEvents('workflow', { items, batch: true }, key);
const text = (payload: Uint8Array | undefined) => Buffer.from(payload ?? []).toString();

function problemOf(action: () => unknown): Problem {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error('No problem was thrown.');
}

describe('toNewEvents', () => {
  it('makes compact JSON of the payload, with line ends that every client reads alike', () => {
    const [event] = one({ channel: 'c', payload: { a: ['one\u2028two\u0085three'] } });
    expect(event?.channel).toBe('c');
    expect(text(event?.payload)).toBe('{"a":["one\\u2028two\\u0085three"]}');
  });

  it('needs a channel on workflow streams only', () => {
    expect(problemOf(() => one({ payload: 1 })).errors).toMatchObject([
      { field: 'channel', message: 'is required' },
    ]);
    expect(
      toNewEvents('source', { items: [{ payload: 1 }], batch: false }, undefined)[0]?.channel,
    ).toBeUndefined();
    expect(
      problemOf(() =>
        toNewEvents('source', { items: [{ channel: 'open', payload: 1 }], batch: false }, undefined),
      ).status,
    ).toBe(400);
  });

  it('names each bad field of each bad event', () => {
    const { errors } = problemOf(() => many([{ channel: 'c', payload: 1 }, { channel: '', id: 7 }, 5]));
    expect(errors.map(({ field }) => field)).toEqual([
      'events[1].channel',
      'events[1].id',
      'events[1].payload',
      'events[2]',
    ]);
  });

  it('gives no key where none was asked for', () => {
    expect(one({ channel: 'c', payload: 1 })[0]?.dedupe).toBeUndefined();
  });

  it('derives a key for each event of a request, and a digest of the whole request on the first', () => {
    const body = [1, 2].map((payload) => ({ channel: 'c', payload }));
    const [a, b] = many(body, 'k');
    expect(a?.dedupe?.key).not.toBe(b?.dedupe?.key);
    expect(many(body, 'k')[0]?.dedupe).toEqual(a?.dedupe);
    expect(many(body.slice(0, 1), 'k')[0]?.dedupe?.key).toBe(a?.dedupe?.key);
    expect(many(body.slice(0, 1), 'k')[0]?.dedupe?.fingerprint).not.toBe(a?.dedupe?.fingerprint);
  });

  it("lets an event's own id go before the key of the request", () => {
    const [own] = many([{ channel: 'c', payload: 1, id: 'mine' }], 'k');
    expect(own?.dedupe?.key).toBe(one({ channel: 'c', payload: 1, id: 'mine' })[0]?.dedupe?.key);
  });

  it('tells channel and payload apart in the digest', () => {
    const digest = (event: object) => one({ ...event, id: 'i' })[0]?.dedupe?.fingerprint;
    expect(digest({ channel: 'a', payload: 'b' })).not.toBe(digest({ channel: 'a"', payload: 'b' }));
    expect(digest({ channel: 'a', payload: 1 })).not.toBe(digest({ channel: 'a', payload: '1' }));
  });

  it('refuses one id on two different events, and takes it on two that are the same', () => {
    const event = { channel: 'c', payload: 1, id: 'i' };
    expect(many([event, event])).toHaveLength(2);
    expect(problemOf(() => many([event, { ...event, payload: 2 }])).code).toBe('idempotency-key-reused');
  });
});

describe('idempotencyKey', () => {
  it.each(['k', 'k'.repeat(128), 'order 7'])('takes %j', (key) => {
    expect(idempotencyKey(key)).toBe(key);
  });

  it.each(['', 'k'.repeat(129), 'ü', 'a\tb'])('refuses %j', (key) => {
    expect(problemOf(() => idempotencyKey(key)).status).toBe(400);
  });
});
