import { describe, expect, it } from '@jest/globals';
import { MAX_PAYLOAD_BYTES } from '#libs/contracts';
import { Outbox } from './outbox.js';

const sent = (outbox: Outbox) => outbox.close().map(({ channel, payload }) => [channel, payload]);

describe('Outbox', () => {
  it('keeps events in call order, over all channels', () => {
    const outbox = new Outbox();
    for (const channel of ['b', 'a', 'b']) outbox.sse({ channel, payload: channel });
    expect(sent(outbox)).toEqual([
      ['b', 'b'],
      ['a', 'a'],
      ['b', 'b'],
    ]);
  });

  it('keeps a payload as it was at the call', () => {
    const outbox = new Outbox();
    const payload = { n: 1 };
    outbox.sse({ channel: 'a', payload });
    payload.n = 2;
    outbox.sse({ channel: 'a', payload });
    expect(sent(outbox)).toEqual([
      ['a', { n: 1 }],
      ['a', { n: 2 }],
    ]);
  });

  it.each([null, false, 0, '', [], {}])('takes %j as a payload', (payload) => {
    const outbox = new Outbox();
    outbox.sse({ channel: 'a', payload });
    expect(sent(outbox)).toEqual([['a', payload]]);
  });

  it.each([
    [undefined, '$.send.sse needs an object with a channel and a payload.'],
    ['news', '$.send.sse needs an object with a channel and a payload.'],
    [{ payload: 1 }, '$.send.sse needs a channel.'],
    [{ channel: 'news' }, '$.send.sse needs a payload, and for the channel "news" has none.'],
    [
      { channel: 'news', payload: undefined },
      '$.send.sse needs a payload, and for the channel "news" has none.',
    ],
    [{ channel: 7, payload: 1 }, '$.send.sse: the channel must be a string.'],
    [{ channel: 'a\nb', payload: 1 }, '$.send.sse: the channel "a\\nb" must not contain control characters.'],
    [
      { channel: 'news', payload: { n: 1n } },
      '$.send.sse: the payload for the channel "news" cannot be written as JSON: it holds a BigInt at "n".',
    ],
    [
      { channel: 'news', payload: () => 1 },
      '$.send.sse: the payload for the channel "news" cannot be written as JSON: it holds a function.',
    ],
    [
      { channel: 'news', payload: { toJSON: () => undefined } },
      '$.send.sse: the payload for the channel "news" has no JSON form.',
    ],
  ])('refuses %p at the call', (call, message) => {
    const outbox = new Outbox();
    expect(() => outbox.sse(call)).toThrow(expect.objectContaining({ name: 'TypeError', message }));
    expect(sent(outbox)).toEqual([]);
  });

  it('refuses a payload that no service would take', () => {
    const outbox = new Outbox();
    outbox.sse({ channel: 'a', payload: 'x'.repeat(MAX_PAYLOAD_BYTES - 2) });
    expect(() => outbox.sse({ channel: 'a', payload: 'x'.repeat(MAX_PAYLOAD_BYTES - 1) })).toThrow(
      '$.send.sse: the payload for the channel "a" must have at most 524288 bytes as JSON, and has 524289.',
    );
  });

  it('bounds what one run keeps in memory', () => {
    const outbox = new Outbox(10);
    outbox.sse({ channel: 'a', payload: '12345678' });
    expect(() => outbox.sse({ channel: 'a', payload: '' })).toThrow(RangeError);
  });

  it('says of a call that comes too late that it is lost', () => {
    const outbox = new Outbox();
    outbox.close();
    expect(() => outbox.sse({ channel: 'a', payload: 1 })).toThrow('after the run had finished');
  });
});
