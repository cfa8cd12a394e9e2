import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { UnsafeFieldError } from '../errors.js';
import { createEventBuffer } from './event-buffer.js';

function parse(text: string) {
  const messages: EventSourceMessage[] = [];
  const retries: number[] = [];
  const comments: string[] = [];
  const parser = createParser({
    onEvent: (message) => messages.push(message),
    onRetry: (retry) => retries.push(retry),
    onComment: (comment) => comments.push(comment),
  });
  parser.feed(text);
  return { messages, retries, comments };
}

describe('an event buffer', () => {
  it('writes single fields, and an event when it is dispatched', () => {
    const buffer = createEventBuffer();
    buffer.retry(2400).event('my-event').id('123').data('one').data('two').data({ three: 3 }).comment('c');
    expect(parse(buffer.read()).messages).toEqual([]);
    buffer.dispatch();
    expect(parse(buffer.read())).toEqual({
      messages: [{ event: 'my-event', id: '123', data: '"one"\n"two"\n{"three":3}' }],
      retries: [2400],
      comments: ['c'],
    });
    expect(buffer.lastId).toBe('123');
  });

  it('writes whole events as sessions do', () => {
    const buffer = createEventBuffer().push('One').push('Two', 'named').push('Three', 'named', '3');
    expect(buffer.read()).toBe(
      'data: "One"\n\nevent: named\ndata: "Two"\n\nid: 3\nevent: named\ndata: "Three"\n\n',
    );
  });

  it('dispatches an open event before it writes a whole one', () => {
    const buffer = createEventBuffer().event('open').data(1).push(2);
    expect(parse(buffer.read()).messages).toEqual([
      { event: 'open', data: '1', id: undefined },
      { event: undefined, data: '2', id: undefined },
    ]);
  });

  it('clears the id of its client without an argument', () => {
    expect(createEventBuffer().id().comment().read()).toBe('id: \n:\n');
  });

  it('forgets everything when it is cleared', () => {
    const buffer = createEventBuffer().push(1, 'e', 'i');
    const sent = buffer.toFrame().plain.toString();
    buffer.clear();
    expect(buffer.read()).toBe('');
    expect(buffer.lastId).toBeUndefined();
    expect(buffer.toFrame().plain).toHaveLength(0);
    expect(buffer.push(2).toFrame().plain.toString()).toBe('data: 2\n\n');
    expect(sent).toBe('id: i\nevent: e\ndata: 1\n\n');
  });

  it('makes its bytes once for all sessions that it is sent to', () => {
    const buffer = createEventBuffer().push(1);
    expect(buffer.toFrame()).toBe(buffer.toFrame());
    expect(buffer.toFrame().as('chunked')).toBe(buffer.toFrame().as('chunked'));
  });

  it.each(['a\nb', 'a\rb', 'a\0b', 'x\n\ndata: forged'])(
    'refuses %j in a field, and stays as it was',
    (text) => {
      const buffer = createEventBuffer();
      expect(() => buffer.event(text)).toThrow(UnsafeFieldError);
      expect(() => buffer.id(text)).toThrow(UnsafeFieldError);
      expect(() => buffer.comment(text)).toThrow(UnsafeFieldError);
      expect(() => buffer.push(1, text)).toThrow(UnsafeFieldError);
      expect(() => buffer.push(1, 'e', text)).toThrow(UnsafeFieldError);
      expect(buffer.read()).toBe('');
      expect(buffer.lastId).toBeUndefined();
    },
  );

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '1\nid: forged' as unknown as number])(
    'refuses %j as a retry time',
    (time) => {
      expect(() => createEventBuffer().retry(time)).toThrow(UnsafeFieldError);
    },
  );

  it('holds exactly the events that were put into it, whatever their data', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const buffer = createEventBuffer({ serializer: String });
        for (const text of texts) buffer.push(text);
        const heard = parse(Buffer.from(buffer.read()).toString()).messages.map(({ data }) => data);
        expect(heard).toEqual(texts.map((text) => Buffer.from(text.replaceAll(/\r\n|\r/g, '\n')).toString()));
      }),
    );
  });

  it('takes events from iterables and streams', async () => {
    const buffer = createEventBuffer();
    await buffer.iterate([1, Promise.resolve(2)]);
    await buffer.iterate(new Set(['x']), { eventName: 'set' });
    expect(await buffer.stream(Readable.from(['a', { b: 1 }]))).toBe(true);
    expect(parse(buffer.read()).messages.map(({ event, data }) => [event, data])).toEqual([
      ['iteration', '1'],
      ['iteration', '2'],
      ['set', '"x"'],
      ['stream', '"a"'],
      ['stream', '{"b":1}'],
    ]);
  });
});
