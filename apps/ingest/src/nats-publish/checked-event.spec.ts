import { describe, expect, it } from '@jest/globals';
import { MAX_PAYLOAD_BYTES } from '#libs/contracts';
import { checkedEvent } from './checked-event.js';

const bytes = (text: string) => Buffer.from(text);
const message = { channel: 'c', id: undefined, payload: bytes('{"a":1}'), headerFault: undefined };
const checked = (more: object, kind: 'workflow' | 'source' = 'workflow') =>
  checkedEvent(kind, { ...message, ...more });

describe('checkedEvent', () => {
  it('keeps the JSON as it was written', () => {
    for (const text of ['{\n  "a": 1\r\n}', ' [1, 2]', '"ü 🚀"', 'null', '1e3']) {
      expect(checked({ payload: bytes(text) })).toEqual({ channel: 'c', payload: bytes(text) });
    }
  });

  it('escapes the line ends that some subscribers would cut it at', () => {
    const { payload } = checked({ payload: bytes('"a\u2028b\u2029c\u0085d"') });
    expect(Buffer.from(payload).toString()).toBe('"a\\u2028b\\u2029c\\u0085d"');
  });

  it('wants a channel for a workflow, and none for a source', () => {
    expect(checked({ channel: undefined }, 'source')).toMatchObject({ channel: undefined });
    expect(checked({}, 'source')).toMatchObject({ channel: 'c' });
    expect(() => checked({ channel: undefined })).toThrow('The header Runnel-Channel is required.');
  });

  it('makes the id of a message the id of the event, so that a retry with the same text is known', () => {
    const once = checked({ id: '1' }).dedupe;
    expect(once?.key).toBe('event 1');
    expect(checked({ id: '1' }).dedupe).toEqual(once);
    expect(checked({ id: '1', channel: 'd' }).dedupe?.fingerprint).not.toBe(once?.fingerprint);
    expect(checked({ id: '1', payload: bytes('2') }).dedupe?.fingerprint).not.toBe(once?.fingerprint);
  });

  it.each([
    ['no JSON', { payload: bytes('hello') }],
    ['nothing', { payload: bytes('') }],
    ['JSON and a half', { payload: bytes('{} {') }],
    ['other text than UTF-8', { payload: Buffer.from([0x22, 0xff, 0x22]) }],
    ['a byte order mark', { payload: bytes('\uFEFF1') }],
    ['JSON that is nested too deeply', { payload: bytes('['.repeat(600) + ']'.repeat(600)) }],
    ['a channel that forges fields', { channel: 'a\ndata: x' }],
    ['a reserved channel', { channel: 'runnel.closed' }],
    ['an empty channel', { channel: '' }],
    ['an empty id', { id: '' }],
    ['an id that is too long', { id: 'i'.repeat(129) }],
    ['headers that cannot be taken', { headerFault: 'The headers cannot be read.' }],
  ])('refuses %s', (_what, more) => {
    expect(() => checked(more)).toThrow(expect.objectContaining({ code: 'malformed-request' }));
  });

  it('refuses a payload over the limit, which the whole of it may reach', () => {
    const text = (length: number) => bytes(`"${'a'.repeat(length - 2)}"`);
    expect(checked({ payload: text(MAX_PAYLOAD_BYTES) })).toBeDefined();
    expect(() => checked({ payload: text(MAX_PAYLOAD_BYTES + 1) })).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });
});
