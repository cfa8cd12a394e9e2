import { describe, expect, it } from '@jest/globals';
import { encodeEvent } from '#libs/sse';
import { mergedFrame } from './merged-frame.js';

const at = Date.UTC(2026, 0, 1);

function event(payload: string, channel?: string) {
  const frame = encodeEvent('abc-7', channel, Buffer.from(payload));
  return { stream: 'p_1', epoch: 'abc', seq: 7, at, channel, frame };
}

describe('the frame of a merged event', () => {
  it('differs from that of the stream alone in its id', () => {
    expect(mergedFrame(event('{"n":1}', 'prices'), 'mX', false).toString()).toBe(
      'id: mX\nevent: prices\ndata: {"n":1}\n\n',
    );
    expect(mergedFrame(event('"a"'), 'mX', false).toString()).toBe('id: mX\ndata: "a"\n\n');
  });

  it('says in its envelope which stream it is from, and keeps every digit of the payload', () => {
    const text = mergedFrame(event('12345678901234567890', 'prices'), 'mX', true).toString();
    expect(text).toBe(
      'id: mX\nevent: prices\n' +
        `data: {"stream":"p_1","channel":"prices","id":"abc-7","ts":${at},"payload":12345678901234567890}\n\n`,
    );
    expect(mergedFrame(event('null'), 'mX', true).toString()).toContain('"channel":null,"id":"abc-7"');
  });

  it('puts payloads of several lines into the envelope whole', () => {
    const text = mergedFrame(event('{\r\n "a":\n"data: "}'), 'mX', true).toString();
    const data = text
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => line.slice(6))
      .join('\n');
    expect(JSON.parse(data)).toMatchObject({ payload: { a: 'data: ' } });
  });
});
