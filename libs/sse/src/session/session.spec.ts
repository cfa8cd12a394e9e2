import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection.js';
import { endFakes, openFake } from '../../test/fake-session.js';
import { settle, turn } from '../../test/turns.js';
import { SseError } from '../errors.js';
import { Session } from './session.js';

afterEach(() => {
  endFakes();
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
    expect((await openFake({}, returning())).session.lastId).toBe('header');
    expect((await openFake({ trustClientEventId: false }, returning())).session.lastId).toBe('');
  });

  it('begins with the state that it was given, or an empty one', async () => {
    const { session } = await openFake({ state: { user: 'ada' } });
    expect(session.state.user).toBe('ada');
    expect((await openFake()).session.state).toEqual({});
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

describe('the end of a session', () => {
  it('comes when the program ends it, behind everything that was pushed', async () => {
    const { session, outlet, reasons } = await openFake();
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
    const { session, outlet, reasons } = await openFake({ maxPendingBytes: 100 });
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
    const { session, outlet } = await openFake({ maxPendingBytes: 0 });
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
    const { session, connection } = await openFake();
    const { signal } = session;
    expect(signal.aborted).toBe(false);
    connection.leave();
    await settle();
    expect(signal.aborted).toBe(true);
    expect(session.signal).toBe(signal);
    const late = await openFake();
    late.connection.leave();
    expect(late.session.signal.aborted).toBe(true);
  });

  it('leaves no listener and no timer', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const first = await openFake();
    const second = await openFake();
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
    const usual = await openFake();
    const quick = await openFake({ keepAlive: 2_000 });
    const none = await openFake({ keepAlive: null });
    jest.advanceTimersByTime(20_000);
    expect(usual.outlet.received).toBe(':\n\n'.repeat(2));
    expect(quick.outlet.received).toBe(':\n\n'.repeat(10));
    expect(none.outlet.received).toBe('');
    for (const { session } of [usual, quick, none]) session.end();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('takes one second where less is asked for, and an hour where more is', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const eager = await openFake({ keepAlive: 1 });
    const lazy = await openFake({ keepAlive: Number.MAX_VALUE });
    jest.advanceTimersByTime(3_600_000);
    expect(eager.outlet.received).toBe(':\n\n'.repeat(3_600));
    expect(lazy.outlet.received).toBe(':\n\n');
    for (const { session } of [eager, lazy]) session.end();
  });
});
