import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { endFakes, openFake } from '../../test/fake-session.js';
import { parse } from '../../test/parse.js';
import { settle, turn } from '../../test/turns.js';
import { UnsafeFieldError } from '../errors.js';

afterEach(endFakes);

describe('push', () => {
  it('sends data as JSON, with a name and an id where they are given', async () => {
    const { session, outlet } = await openFake();
    session.push('Hello');
    session.push({ n: 1 }, 'tick');
    session.push(null, undefined, '7');
    await turn();
    expect(outlet.received).toBe('data: "Hello"\n\nevent: tick\ndata: {"n":1}\n\nid: 7\ndata: null\n\n');
  });

  it('invents ids only when asked', async () => {
    let n = 0;
    const asked = await openFake({
      generateId: () => {
        n += 1;
        return `g${n}`;
      },
    });
    asked.session.push(1);
    asked.session.push(2, 'e', 'own');
    asked.session.push(3);
    await turn();
    expect(parse(asked.outlet.received).map(({ id }) => id)).toEqual(['g1', 'own', 'g2']);
    expect(asked.session.lastId).toBe('g2');
    const { session, outlet } = await openFake();
    session.push(1);
    await turn();
    expect(outlet.received).not.toContain('id:');
    expect(session.lastId).toBe('');
  });

  it('tells its listeners what was pushed', async () => {
    const { session } = await openFake();
    const pushes: unknown[] = [];
    session.on('push', (...args) => pushes.push(args));
    session.push({ n: 1 });
    session.push(2, 'e', '7');
    expect(pushes).toEqual([
      [{ n: 1 }, 'message', undefined],
      [2, 'e', '7'],
    ]);
  });

  it.each(['a\nb', 'a\rb', 'a\0b', 'x\n\ndata: forged\n\n', '\u2028\n'])(
    'refuses %j as a name or id, and sends nothing of it',
    async (text) => {
      const { session, outlet } = await openFake();
      expect(() => session.push(1, text)).toThrow(UnsafeFieldError);
      expect(() => session.push(1, 'e', text)).toThrow(UnsafeFieldError);
      await settle();
      expect(outlet.received).toBe('');
    },
  );

  it('brings any data, name and id to the client as they are, and never anything else', async () => {
    const field = fc.stringMatching(/^[^\r\n\0 ][^\r\n\0]*$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ data: fc.string({ unit: 'binary' }), event: field, id: field }), {
          minLength: 1,
        }),
        async (events) => {
          const { session, outlet } = await openFake({ serializer: String });
          for (const { data, event, id } of events) session.push(data, event, id);
          await turn();
          const normal = (text: string) => Buffer.from(text.replaceAll(/\r\n|\r/g, '\n')).toString();
          expect(parse(outlet.received)).toEqual(
            events.map(({ data, event, id }) => ({
              data: normal(data),
              event: normal(event),
              id: normal(id),
            })),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => {}],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
  ])('refuses %s as data, for it has no JSON', async (_name, data) => {
    const { session } = await openFake();
    expect(() => session.push(data)).toThrow(expect.objectContaining({ code: 'not-serializable' }));
    expect(() => session.push([data])).not.toThrow(UnsafeFieldError);
  });

  it('keeps the reason when a serializer fails', async () => {
    const cause = new Error('no');
    const { session } = await openFake({
      serializer: () => {
        throw cause;
      },
    });
    expect(() => session.push(1)).toThrow(expect.objectContaining({ code: 'not-serializable', cause }));
  });

  it('is ignored once the session is over, and says so', async () => {
    const { session, connection, outlet, reasons } = await openFake();
    connection.leave();
    expect(session.isConnected).toBe(false);
    expect(session.push(1)).toBe(false);
    expect(await session.batch((buffer) => void buffer.push(1))).toBe(false);
    expect(await session.iterate([1])).toBe(false);
    expect(await session.drained()).toBe(false);
    session.end();
    await settle();
    expect(outlet.received).toBe('');
    expect(reasons).toEqual(['client']);
  });
});
