import { describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../test/fake-connection.js';
import { turn } from '../test/turns.js';
import { createChannel, createEventBuffer, type DisconnectReason, Session } from './index.js';

interface Ticks {
  tick: number;
  message: { text: string };
}

/** Checked by the compiler: each `@ts-expect-error` fails the build where nothing is wrong. */
describe('types', () => {
  it('check events and state where they are given', async () => {
    const session = new Session<{ user: string }, Ticks>(new FakeConnection(), { state: { user: 'ada' } });
    await turn();
    session.push(1, 'tick');
    session.push({ text: 'hi' });
    session.push({ text: 'hi' }, undefined, 'id');
    // @ts-expect-error a tick is a number
    session.push('1', 'tick');
    // @ts-expect-error no such event
    session.push(1, 'tock');
    // @ts-expect-error an event without a name is a message
    session.push(1);
    // @ts-expect-error a user is text
    session.state.user = 1;
    await session.batch((buffer) => {
      buffer.push(1, 'tick');
      // @ts-expect-error a tick is a number
      buffer.push('1', 'tick');
    });
    session.on('disconnected', (reason: DisconnectReason) => expect(reason).toBe('ended'));
    const channel = createChannel<{ count: number }, { user: string }, Ticks>({ state: { count: 0 } });
    channel.state.count += 1;
    channel.register(session).register(session);
    channel.broadcast(1, 'tick', { filter: ({ state }) => state.user === 'ada' });
    // @ts-expect-error a tick is a number
    channel.broadcast('1', 'tick');
    const stranger = new Session<{ name: string }>(new FakeConnection(), { keepAlive: null });
    await turn();
    // @ts-expect-error sessions of this channel have a user
    const register = () => channel.register(stranger);
    expect(register).not.toThrow();
    session.end();
    await turn();
  });

  it('let everything pass where none are given', () => {
    const channel = createChannel();
    channel.state.anything = 1;
    const name: string | undefined = undefined as string | undefined;
    channel.broadcast({ a: 1 }, name, { eventId: '1' }).broadcast(1);
    createEventBuffer().push(1, name).push('2');
    channel.on('session-registered', (session) => {
      session.state.anything = 1;
    });
    expect(createChannel({ state: { count: 0 } }).state.count).toBe(0);
  });
});
