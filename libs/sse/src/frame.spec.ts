import { describe, expect, it } from '@jest/globals';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { UnsafeFieldError } from './errors.js';
import { chunkBody, encodeChunk, encodeComment, encodeEvent, encodeFrame } from './frame.js';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('encodeFrame', () => {
  it('writes the fields that are there, and an empty line', () => {
    expect(text(encodeFrame({ id: '1', event: 'e', data: '{}' }))).toBe('id: 1\nevent: e\ndata: {}\n\n');
    expect(text(encodeFrame({ retry: 1500 }))).toBe('retry: 1500\n\n');
    expect(text(encodeFrame({ data: '' }))).toBe('data: \n\n');
  });

  it.each(['a\r\nb', 'a\nb', 'a\rb'])('begins a data line at each line end of %j', (data) => {
    expect(text(encodeFrame({ data }))).toBe('data: a\ndata: b\n\n');
  });

  it.each(['a\nb', 'a\rb', 'a\0b', 'x\n\ndata: forged'])('refuses %j as an id or event name', (value) => {
    expect(() => encodeFrame({ id: value })).toThrow(UnsafeFieldError);
    expect(() => encodeFrame({ event: value })).toThrow(UnsafeFieldError);
    expect(() => encodeEvent('1', value, Buffer.from('1'))).toThrow(UnsafeFieldError);
  });
});

describe('encodeFrame with a retry field', () => {
  it.each([-1, 1.5, Number.NaN, '1\n\ndata: forged' as unknown as number])('refuses %j', (retry) => {
    expect(() => encodeFrame({ retry })).toThrow(UnsafeFieldError);
  });
});

describe('encodeEvent', () => {
  it('writes the bytes of encodeFrame for any data', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.option(fc.stringMatching(/^[^\r\n\0]*$/)),
        (data, event) => {
          const frame = { id: '7', event: event ?? undefined, data };
          expect(text(encodeEvent('7', frame.event, Buffer.from(data)))).toBe(text(encodeFrame(frame)));
        },
      ),
    );
  });

  it('reaches a client whole, whatever the JSON and wherever the bytes are cut', () => {
    const channel = fc.stringMatching(/^[^\r\n\0]{1,20}$/).filter((name) => !name.startsWith(' '));
    fc.assert(
      fc.property(fc.jsonValue(), channel, fc.boolean(), (payload, event, pretty) => {
        const json = JSON.stringify(payload, null, pretty ? 2 : 0);
        const bytes = encodeEvent('12-7', event, Buffer.from(json));
        for (let cut = 0; cut <= bytes.length; cut += 1) {
          const [message, ...others] = parse([bytes.subarray(0, cut), bytes.subarray(cut)]);
          expect(others).toEqual([]);
          expect(message).toMatchObject({ id: '12-7', event });
          expect(message?.data).toBe(json);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('encodeComment', () => {
  it('writes no space after the colon', () => {
    expect(text(encodeComment('keepalive'))).toBe(':keepalive\n\n');
  });

  it.each(['a\nb', 'a\rb'])('refuses %j: a comment is one line', (comment) => {
    expect(() => encodeComment(comment)).toThrow(UnsafeFieldError);
  });
});

describe('encodeChunk', () => {
  it('wraps bytes as one HTTP chunk, and chunkBody takes them out again', () => {
    const chunk = encodeChunk(Buffer.from('data: é\n\n'));
    expect(text(chunk)).toBe('a\r\ndata: é\n\n\r\n');
    expect(text(chunkBody(chunk))).toBe('data: é\n\n');
  });
});

function parse(pieces: readonly Uint8Array[]): EventSourceMessage[] {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  for (const piece of pieces) parser.feed(decoder.decode(piece, { stream: true }));
  return messages;
}
