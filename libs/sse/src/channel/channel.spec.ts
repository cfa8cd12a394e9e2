import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection.js';
import { endFakes, openFake } from '../../test/fake-session.js';
import { settle, turn } from '../../test/turns.js';
import { Session } from '../session/session.js';
import type { DefaultSessionState } from '../session/session-options.js';
import { createChannel } from './create-channel.js';

afterEach(endFakes);

const open = () => openFake<DefaultSessionState>({ maxPendingBytes: 1_000 });

const values = ({ received }: { received: string }) =>
  (received.match(/(?<=^data: ).*$/gm) ?? []).map((data) => JSON.parse(data));

describe('registering', () => {
  it('makes a session hear what is broadcast from there on', async () => {
    const channel = createChannel();
    const { session, outlet } = await open();
    channel.broadcast('before');
    expect(channel.register(session)).toBe(channel);
    channel.broadcast('after');
    await settle();
    expect(values(outlet)).toEqual(['after']);
    expect(channel.activeSessions).toEqual([session]);
    expect(channel.sessionCount).toBe(1);
  });

  it('does nothing the second time, and nothing for a session that is over', async () => {
    const channel = createChannel();
    const registered = jest.fn();
    channel.on('session-registered', registered);
    const { session, outlet } = await open();
    channel.register(session).register(session);
    expect(registered.mock.calls).toEqual([[session]]);
    channel.broadcast(1);
    await settle();
    expect(values(outlet)).toEqual([1]);
    const gone = await open();
    gone.connection.leave();
    channel.register(gone.session);
    await settle();
    channel.register(gone.session);
    expect(registered).toHaveBeenCalledTimes(1);
    expect(channel.sessionCount).toBe(1);
  });

  it('refuses a session that has not connected yet', async () => {
    const session = new Session(new FakeConnection());
    expect(() => createChannel().register(session)).toThrow(
      expect.objectContaining({ code: 'not-connected' }),
    );
    await turn();
    session.end();
  });

  it('ends with deregistering, behind what was broadcast before', async () => {
    const channel = createChannel();
    const events: string[] = [];
    for (const name of ['session-deregistered', 'session-disconnected'] as const) {
      channel.on(name, () => events.push(`${name} ${channel.sessionCount}`));
    }
    const { session, outlet } = await open();
    const listeners = session.listenerCount('disconnected');
    channel.register(session);
    channel.broadcast('before');
    channel.deregister(session).deregister(session);
    channel.broadcast('after');
    await settle();
    expect(values(outlet)).toEqual(['before']);
    expect(events).toEqual(['session-deregistered 0']);
    expect(session.listenerCount('disconnected')).toBe(listeners);
    channel.register(session);
    channel.broadcast('again');
    await settle();
    expect(values(outlet)).toEqual(['before', 'again']);
  });

  it('ends by itself when the session is over, which is told first', async () => {
    const channel = createChannel();
    const events: unknown[] = [];
    for (const name of ['session-deregistered', 'session-disconnected'] as const) {
      channel.on(name, (session) => events.push([name, session, channel.sessionCount]));
    }
    const { session, connection } = await open();
    channel.register(session);
    connection.leave();
    await settle();
    expect(events).toEqual([
      ['session-disconnected', session, 1],
      ['session-deregistered', session, 0],
    ]);
    expect(channel.activeSessions).toEqual([]);
  });
});

describe('sessions that leave during a broadcast', () => {
  it('do not keep others from it, whether they leave from a listener or between the slices of a walk', async () => {
    const channel = createChannel();
    const clients = await Promise.all(Array.from({ length: 700 }, () => open()));
    for (const { session } of clients) channel.register(session);
    channel.once('broadcast', () => {
      for (const { session } of clients.slice(0, 100)) channel.deregister(session);
    });
    channel.broadcast('a');
    await turn();
    for (const { connection } of clients.slice(100, 300)) connection.leave();
    channel.broadcast('b');
    await settle();
    // Those who are deregistered get what was broadcast before; those who have left are nobody's concern.
    for (const { outlet } of clients.slice(0, 100)) expect(values(outlet)).toEqual(['a']);
    for (const { outlet } of clients.slice(300)) expect(values(outlet)).toEqual(['a', 'b']);
    expect(channel.sessionCount).toBe(400);
  });
});
