import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { endFakes, openFake } from '../../test/fake-session.js';
import { settle } from '../../test/turns.js';
import { UnsafeFieldError } from '../errors.js';
import type { Session } from '../session/session.js';
import type { DefaultSessionState } from '../session/session-options.js';
import { createChannel } from './create-channel.js';

afterEach(endFakes);

const open = () => openFake<DefaultSessionState>({ maxPendingBytes: 1_000 });

const values = ({ received }: { received: string }) =>
  (received.match(/(?<=^data: ).*$/gm) ?? []).map((data) => JSON.parse(data));

describe('broadcasting', () => {
  it('names events and gives ids as pushing does', async () => {
    const channel = createChannel();
    const { session, outlet } = await open();
    channel.register(session);
    const broadcasts: unknown[] = [];
    channel.on('broadcast', (...args) => broadcasts.push(args));
    expect(channel.broadcast('a').broadcast({ b: 1 }, 'named', { eventId: '7' })).toBe(channel);
    await settle();
    expect(outlet.received).toBe('data: "a"\n\nid: 7\nevent: named\ndata: {"b":1}\n\n');
    expect(broadcasts).toEqual([
      ['a', 'message', undefined],
      [{ b: 1 }, 'named', '7'],
    ]);
    expect(session.lastId).toBe('7');
  });

  it('gives every session the same generated id, where ids are asked for', async () => {
    let n = 0;
    const generateId = () => {
      n += 1;
      return `${n}`;
    };
    const channel = createChannel({ generateId });
    const [one, other] = [await open(), await open()];
    channel.register(one.session).register(other.session);
    channel.broadcast('a').broadcast('b');
    await settle();
    expect(one.outlet.received).toBe('id: 1\ndata: "a"\n\nid: 2\ndata: "b"\n\n');
    expect(other.outlet.received).toBe(one.outlet.received);
  });

  it.each(['a\nb', 'a\rb', 'a\0b', 'x\n\ndata: forged'])(
    'refuses %j as a name or id, whether anybody listens or not',
    async (text) => {
      const channel = createChannel();
      const { session, outlet } = await open();
      for (const registered of [false, true]) {
        if (registered) channel.register(session);
        expect(() => channel.broadcast(1, text)).toThrow(UnsafeFieldError);
        expect(() => channel.broadcast(1, 'e', { eventId: text })).toThrow(UnsafeFieldError);
      }
      await settle();
      expect(outlet.received).toBe('');
      expect(session.lastId).toBe('');
    },
  );

  it('serializes once however many listen, with the serializer of the channel, and not at all for nobody', async () => {
    const serializer = jest.fn(JSON.stringify as (data: unknown) => string);
    const channel = createChannel({ serializer });
    channel.broadcast(1);
    expect(serializer).not.toHaveBeenCalled();
    for (let n = 0; n < 5; n += 1) channel.register((await open()).session);
    channel.broadcast(2);
    expect(serializer).toHaveBeenCalledTimes(1);
  });

  it('writes what is broadcast in one turn at once', async () => {
    const channel = createChannel();
    const { session, outlet } = await open();
    channel.register(session);
    outlet.writes = 0;
    for (let n = 0; n < 100; n += 1) channel.broadcast(n);
    await settle();
    expect(outlet.writes).toBeLessThanOrEqual(3);
    expect(values(outlet)).toHaveLength(100);
  });

  it('keeps the order of pushes, batches and the broadcasts of all channels', async () => {
    const [room, all] = [createChannel(), createChannel()];
    const [one, other] = [await open(), await open()];
    for (const { session } of [one, other]) all.register(session);
    room.register(one.session);
    all.broadcast(1);
    room.broadcast(2);
    one.session.push(3);
    all.broadcast(4);
    await one.session.batch((buffer) => void buffer.push(5).push(6));
    room.broadcast(7, 'e', { filter: () => true });
    all.broadcast(8);
    await settle();
    expect(values(one.outlet)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(values(other.outlet)).toEqual([1, 4, 8]);
  });

  it('cuts a slow session and does not disturb the others', async () => {
    const channel = createChannel();
    const [slow, patient, quick] = [
      await open(),
      await openFake<DefaultSessionState>({ maxPendingBytes: 10_000 }),
      await open(),
    ];
    for (const { session } of [slow, patient, quick]) channel.register(session);
    const lost: unknown[] = [];
    channel.on('session-disconnected', (session) => lost.push(session));
    slow.outlet.stuck = true;
    patient.outlet.stuck = true;
    for (let n = 0; n < 50; n += 1) {
      channel.broadcast('x'.repeat(50));
      await settle();
    }
    expect(lost).toEqual([slow.session]);
    expect(slow.outlet.state).toBe('cut');
    expect(values(quick.outlet)).toHaveLength(50);
    patient.outlet.unstick();
    await settle();
    expect(patient.outlet.received).toBe(quick.outlet.received);
  });
});

describe('a filter', () => {
  it('tells which sessions get the event', async () => {
    const channel = createChannel();
    const admin = await openFake({ state: { admin: true } });
    const guest = await openFake({ state: { admin: false } });
    channel.register(admin.session).register(guest.session);
    channel
      .broadcast('all')
      .broadcast('admins', 'e', { filter: ({ state }) => state.admin === true, eventId: '1' });
    channel.broadcast('nobody', 'e', { filter: () => false, eventId: '2' }).broadcast('all again');
    await settle();
    expect(values(admin.outlet)).toEqual(['all', 'admins', 'all again']);
    expect(values(guest.outlet)).toEqual(['all', 'all again']);
    expect([admin.session.lastId, guest.session.lastId]).toEqual(['1', '']);
  });

  it('that throws keeps the event from everybody, and the channel goes on', async () => {
    const channel = createChannel();
    const sessions = [await open(), await open(), await open()];
    for (const { session } of sessions) channel.register(session);
    const broadcasts = jest.fn();
    channel.on('broadcast', broadcasts);
    let calls = 0;
    const filter = () => {
      calls += 1;
      if (calls === 2) throw new Error('filter');
      return true;
    };
    expect(() => channel.broadcast('lost', 'e', { filter })).toThrow('filter');
    expect(broadcasts).not.toHaveBeenCalled();
    channel.broadcast('kept');
    await settle();
    for (const { outlet } of sessions) expect(values(outlet)).toEqual(['kept']);
  });

  it('is not asked about sessions that are over, and may end or deregister others', async () => {
    const channel = createChannel();
    const sessions = await Promise.all(Array.from({ length: 4 }, () => open()));
    for (const { session } of sessions) channel.register(session);
    const [first, second, third, fourth] = sessions.map(({ session }) => session) as [
      Session,
      Session,
      Session,
      Session,
    ];
    sessions[0]?.connection.leave();
    const asked: unknown[] = [];
    channel.broadcast('a', 'e', {
      filter: (session) => {
        asked.push(session);
        if (session === second) {
          third.end();
          channel.deregister(fourth);
        }
        return session !== second;
      },
    });
    await settle();
    expect(asked).not.toContain(first);
    expect(asked).not.toContain(third);
    expect(sessions.map(({ outlet }) => values(outlet))).toEqual([[], [], [], []]);
    expect(channel.activeSessions).toEqual([second]);
  });
});
