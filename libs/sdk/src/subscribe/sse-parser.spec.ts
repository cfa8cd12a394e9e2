import { describe, expect, it } from '@jest/globals';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { type Message, SseParser } from './sse-parser.js';

/** What a parser makes of these pieces. */
function parsed(...pieces: string[]): { messages: Message[]; retries: number[] } {
  const messages: Message[] = [];
  const retries: number[] = [];
  const parser = new SseParser(
    (message) => messages.push(message),
    (retryMs) => retries.push(retryMs),
  );
  for (const piece of pieces) parser.feed(piece);
  return { messages, retries };
}

/** The same by the parser that most clients use, on the whole text. */
function expected(text: string): { messages: Message[]; retries: number[] } {
  const messages: Message[] = [];
  const retries: number[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => messages.push({ id, event: event || undefined, data }),
    onRetry: (retryMs) => retries.push(retryMs),
  });
  parser.feed(text);
  return { messages, retries };
}

const line = fc.constantFrom(
  'data: a',
  'data:b',
  'data',
  'data:  two spaces',
  'data: with: colon',
  'event: tick',
  'event:',
  'id: e1-7',
  'id',
  'id: \0',
  'retry: 300',
  'retry: soon',
  ': comment',
  ':comment',
  'other: x',
  '',
  '',
);

describe('SseParser', () => {
  it('reads what other parsers read, wherever the text is cut', () => {
    const text = fc.array(line, { maxLength: 30 }).map((lines) => `${lines.join('\n')}\n\n`);
    fc.assert(
      fc.property(text, fc.array(fc.nat(400), { maxLength: 10 }), (whole, cuts) => {
        const places = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
        const pieces = places.slice(1).map((place, n) => whole.slice(places[n], place));
        expect(parsed(...pieces)).toEqual(expected(whole));
      }),
    );
  });

  it.each(['\n', '\r\n', '\r'])('takes %j as the end of a line, also between two pieces', (end) => {
    const text = ['id: 1', 'data: a', 'data: b', '', ': x', 'data: c', '', ''].join(end);
    const messages = [
      { id: '1', data: 'a\nb' },
      { id: undefined, data: 'c' },
    ];
    expect(parsed(...text).messages).toMatchObject(messages);
    expect(parsed(text).messages).toMatchObject(messages);
  });

  it('refuses a message that never ends', () => {
    const half = 'x'.repeat(9 * 1024 * 1024);
    expect(() => parsed('data: ', half, half)).toThrow(RangeError);
    expect(parsed(`data: ${half}\n\n`, `data: ${half}\n\n`).messages).toHaveLength(2);
  });
});
