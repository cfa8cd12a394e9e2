import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { FakeConnection } from '../../test/fake-connection.js';
import { settle, turn } from '../../test/turns.js';
import { SseError, UnsafeFieldError } from '../errors.js';
import { createEventBuffer } from '../events/event-buffer.js';
import { Session } from './session.js';
import type { SessionBehaviour } from './session-options.js';

const opened: { end(): void }[] = [];

async function connect<State>(options: SessionBehaviour<State> = {}, connection = new FakeConnection()) {
  const session = new Session<State>(connection, { retry: null, ...options });
  opened.push(session);
  await turn();
  const { outlet } = connection;
  outlet.received = '';
  const reasons: string[] = [];
  session.on('disconnected', (reason) => reasons.push(reason));
  return { session, connection, outlet, reasons };
}

function parse(text: string): EventSourceMessage[] {
  const messages: EventSourceMessage[] = [];
  createParser({ onEvent: (message) => messages.push(message) }).feed(text);
  return messages;
}

afterEach(() => {
  // All sessions of the process share their timers.
  for (const session of opened.splice(0)) session.end();
  jest.useRealTimers();
});

describe('a new session', () => {
  it('connects in the next turn', async () => {
    const session = new Session(new FakeConnection());
    const connected = jest.fn();
    session.on('connected', connected);
    expect(session.isConnected).toBe(false);
    expect(() => session.push(1)).toThrow(expect.objectContaining({ code: 'not-connected' }));
    await expect(session.drained()).rejects.toThrow(SseError);
    await turn();
    expect(session.isConnected).toBe(true);
    expect(connected).toHaveBeenCalledTimes(1);
    session.end();
  });

  it('tells the client after how long to come back', async () => {
    for (const [retry, bytes] of [
      [undefined, 'retry: 2000\n\n'],
      [0, 'retry: 0\n\n'],
      [null, ':\n\n'],
    ] as const) {
      const connection = new FakeConnection();
      const session = new Session(connection, { retry });
      await turn();
      expect(connection.outlet.received).toBe(bytes);
      session.end();
    }
  });

  it('takes the id from which the client comes back, where the client is trusted', async () => {
    const returning = () => new FakeConnection('/?lastEventId=query', { 'last-event-id': 'header' });
    expect((await connect({}, returning())).session.lastId).toBe('header');
    expect((await connect({ trustClientEventId: false }, returning())).session.lastId).toBe('');
  });

  it('begins with the state that it was given, or an empty one', async () => {
    const { session } = await connect({ state: { user: 'ada' } });
    expect(session.state.user).toBe('ada');
    expect((await connect()).session.state).toEqual({});
  });

  it.each([
    { retry: -1 },
    { retry: 1.5 },
    { retry: '1\n\ndata: forged' as unknown as number },
    { keepAlive: 0 },
    { keepAlive: Number.NaN },
    { maxPendingBytes: -1 },
  ])('refuses %j', (options) => {
    expect(() => new Session(new FakeConnection(), options)).toThrow(
      expect.objectContaining({ code: 'bad-option' }),
    );
  });

  it('is over, and says so, when the client has gone before it connects', async () => {
    const connection = new FakeConnection();
    const session = new Session(connection);
    connection.leave();
    const events: string[] = [];
    session.on('connected', () => events.push('connected'));
    session.on('disconnected', (reason) => events.push(reason));
    await settle();
    expect(events).toEqual(['client']);
    expect(session.push(1)).toBe(false);
    expect(connection.outlet.received).toBe('');
  });
});

describe('push', () => {
  it('sends data as JSON, with a name and an id where they are given', async () => {
    const { session, outlet } = await connect();
    session.push('Hello');
    session.push({ n: 1 }, 'tick');
    session.push(null, undefined, '7');
    await turn();
    expect(outlet.received).toBe('data: "Hello"\n\nevent: tick\ndata: {"n":1}\n\nid: 7\ndata: null\n\n');
  });

  it('invents ids only when asked', async () => {
    let n = 0;
    const asked = await connect({
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
    const { session, outlet } = await connect();
    session.push(1);
    await turn();
    expect(outlet.received).not.toContain('id:');
    expect(session.lastId).toBe('');
  });

  it('tells its listeners what was pushed', async () => {
    const { session } = await connect();
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
      const { session, outlet } = await connect();
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
          const { session, outlet } = await connect({ serializer: String });
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
    const { session } = await connect();
    expect(() => session.push(data)).toThrow(expect.objectContaining({ code: 'not-serializable' }));
    expect(() => session.push([data])).not.toThrow(UnsafeFieldError);
  });

  it('keeps the reason when a serializer fails', async () => {
    const cause = new Error('no');
    const { session } = await connect({
      serializer: () => {
        throw cause;
      },
    });
    expect(() => session.push(1)).toThrow(expect.objectContaining({ code: 'not-serializable', cause }));
  });

  it('is ignored once the session is over, and says so', async () => {
    const { session, connection, outlet, reasons } = await connect();
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

describe('batch', () => {
  it('sends what a callback gathers in one write, when the callback is done', async () => {
    const { session, outlet } = await connect();
    outlet.writes = 0;
    const sent = session.batch(async (buffer) => {
      buffer.push('one');
      await settle();
      expect(outlet.received).toBe('');
      await buffer.iterate(['two', 'three'], { eventName: 'n' });
    });
    expect(await sent).toBe(true);
    expect(parse(outlet.received).map(({ data }) => data)).toEqual(['"one"', '"two"', '"three"']);
    expect(outlet.writes).toBe(1);
  });

  it('comes behind what was pushed before its callback was done, and before what is pushed after', async () => {
    const { session, outlet } = await connect();
    const batch = session.batch(async (buffer) => {
      buffer.push('in the batch');
      await turn();
    });
    session.push('pushed meanwhile');
    await batch;
    session.push('pushed after');
    await turn();
    expect(parse(outlet.received).map(({ data }) => JSON.parse(data))).toEqual([
      'pushed meanwhile',
      'in the batch',
      'pushed after',
    ]);
  });

  it('sends a buffer to as many sessions as one likes', async () => {
    const sessions = await Promise.all([connect(), connect()]);
    const buffer = createEventBuffer().push('One').push('Two', 'named', '2');
    for (const { session } of sessions) await session.batch(buffer);
    for (const { outlet, session } of sessions) {
      expect(outlet.received).toBe(buffer.read());
      expect(session.lastId).toBe('2');
    }
  });

  it('gives the callback a buffer that writes as the session does', async () => {
    const { session, outlet } = await connect({ serializer: (data) => `<${data}>`, generateId: () => 'g' });
    await session.batch((buffer) => void buffer.push(1));
    expect(outlet.received).toBe('id: g\ndata: <1>\n\n');
  });

  it('ends an event that was left open, so that the next one does not become part of it', async () => {
    const { session, outlet } = await connect();
    await session.batch(createEventBuffer().event('open').data(1));
    session.push(2);
    await turn();
    expect(parse(outlet.received)).toEqual([
      { event: 'open', data: '1', id: undefined },
      { event: undefined, data: '2', id: undefined },
    ]);
  });

  it('sends nothing when the callback fails, and hands the failure on', async () => {
    const { session, outlet } = await connect();
    const failing = session.batch((buffer) => {
      buffer.push(1);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await settle();
    expect(outlet.received).toBe('');
  });
});

describe('the end of a session', () => {
  it('comes when the program ends it, behind everything that was pushed', async () => {
    const { session, outlet, reasons } = await connect();
    session.push(1);
    session.end();
    expect(outlet.received).toBe('data: 1\n\n');
    expect(outlet.state).toBe('ended');
    expect(session.isConnected).toBe(false);
    session.end();
    await settle();
    expect(reasons).toEqual(['ended']);
  });

  it('comes when the client is too slow, with that reason', async () => {
    const { session, outlet, reasons } = await connect({ maxPendingBytes: 100 });
    outlet.stuck = true;
    for (let n = 0; n < 10; n += 1) {
      session.push('x'.repeat(50));
      expect(session.pendingBytes).toBeLessThan(200);
      await turn();
    }
    expect(outlet.state).toBe('cut');
    expect(session.isConnected).toBe(false);
    expect(reasons).toEqual(['slow']);
  });

  it('never calls a listener inside a push', async () => {
    const { session, outlet } = await connect({ maxPendingBytes: 0 });
    outlet.stuck = true;
    let pushing = false;
    session.on('disconnected', () => expect(pushing).toBe(false));
    for (let n = 0; n < 5; n += 1) {
      pushing = true;
      session.push(n);
      pushing = false;
      await turn();
    }
    expect(session.isConnected).toBe(false);
  });

  it('aborts its signal, whenever that is asked for', async () => {
    const { session, connection } = await connect();
    const { signal } = session;
    expect(signal.aborted).toBe(false);
    connection.leave();
    await settle();
    expect(signal.aborted).toBe(true);
    expect(session.signal).toBe(signal);
    const late = await connect();
    late.connection.leave();
    expect(late.session.signal.aborted).toBe(true);
  });

  it('leaves no listener and no timer', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const first = await connect();
    const second = await connect();
    expect(jest.getTimerCount()).toBe(1);
    for (const { session, connection } of [first, second]) {
      session.end();
      expect(connection.watched).toBe(false);
    }
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('keep-alive', () => {
  it('sends a comment once an interval, ten seconds unless told', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const usual = await connect();
    const quick = await connect({ keepAlive: 2_000 });
    const none = await connect({ keepAlive: null });
    jest.advanceTimersByTime(20_000);
    expect(usual.outlet.received).toBe(':\n\n'.repeat(2));
    expect(quick.outlet.received).toBe(':\n\n'.repeat(10));
    expect(none.outlet.received).toBe('');
    for (const { session } of [usual, quick, none]) session.end();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('takes one second where less is asked for, and an hour where more is', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const eager = await connect({ keepAlive: 1 });
    const lazy = await connect({ keepAlive: Number.MAX_VALUE });
    jest.advanceTimersByTime(3_600_000);
    expect(eager.outlet.received).toBe(':\n\n'.repeat(3_600));
    expect(lazy.outlet.received).toBe(':\n\n');
    for (const { session } of [eager, lazy]) session.end();
  });
});
