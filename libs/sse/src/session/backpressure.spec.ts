import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { serve, stopServing } from '../../test/serving.js';
import { RawClient } from '../../test/test-server.js';
import { turn, until } from '../../test/turns.js';
import { createChannel } from '../channel/create-channel.js';
import { createSession } from './create-session.js';
import type { Session } from './session.js';
import type { SessionOptions } from './session-options.js';

const KIB = 1024;
const MIB = 1024 * KIB;

afterEach(stopServing);

/** One client that reads, or does not, and its session. */
async function open(options: SessionOptions & { reads?: boolean } = {}) {
  const opened: { session: Session; res: ServerResponse }[] = [];
  const server = await serve(async (req, res) => {
    opened.push({ session: await createSession(req, res, options), res });
  });
  const client = await RawClient.open(server.url, { reads: options.reads ?? true });
  await until(() => opened.length === 1);
  const { session, res } = opened[0] as { session: Session; res: ServerResponse };
  return { client, session, res };
}

const large = (n: number) => `${n}:${'x'.repeat(16 * KIB)}`;

describe('a client that does not read', () => {
  it('is cut when more than the bound waits, and less than that waited before', async () => {
    const { session } = await open({ reads: false });
    const disconnected = once(session, 'disconnected');
    let most = 0;
    while (session.isConnected) {
      session.push(large(0));
      most = Math.max(most, session.pendingBytes);
      await turn();
    }
    expect(await disconnected).toEqual(['slow']);
    expect(most).toBeGreaterThan(MIB / 2);
    expect(most).toBeLessThan(MIB + 64 * KIB);
    expect(session.pendingBytes).toBe(0);
  });

  it('costs a channel no more memory than the bound, and the others nothing', async () => {
    const channel = createChannel();
    const slow = await open({ reads: false });
    const quick = await open();
    channel.register(slow.session).register(quick.session);
    const reasons: string[] = [];
    slow.session.on('disconnected', (reason) => reasons.push(reason));
    let most = 0;
    const count = 1_500;
    for (let n = 0; n < count; n += 1) {
      channel.broadcast(large(n));
      most = Math.max(most, slow.session.pendingBytes);
      await quick.session.drained();
      await turn();
    }
    expect(reasons).toEqual(['slow']);
    expect(most).toBeLessThan(MIB + 64 * KIB);
    expect(channel.activeSessions).toEqual([quick.session]);
    await quick.client.got(`"${count - 1}:`);
    const numbers = quick.client.text.match(/(?<=data: ")\d+/g);
    expect(numbers).toEqual(Array.from({ length: count }, (_, n) => `${n}`));
  });

  it('holds an iterable up until it reads again, and then gets all of it', async () => {
    const { session, client } = await open({ reads: false });
    const count = 1_000;
    let given = 0;
    async function* numbers() {
      for (; given < count; given += 1) yield large(given);
    }
    const iterating = session.iterate(numbers(), { eventName: 'n' });
    let before = -1;
    while (given !== before) {
      before = given;
      for (let turns = 0; turns < 50; turns += 1) await turn();
    }
    expect(given).toBeLessThan(count);
    expect(session.isConnected).toBe(true);
    expect(session.pendingBytes).toBeLessThan(100 * KIB);
    client.response.resume();
    expect(await iterating).toBe(true);
    await client.got(`"${count - 1}:`);
    expect(client.text.match(/(?<=data: ")\d+/g)).toHaveLength(count);
  });

  it('holds a stream up likewise, which is destroyed when the client leaves', async () => {
    const { session, client } = await open({ reads: false });
    let given = 0;
    const stream = new Readable({
      read() {
        given += 1;
        this.push(large(given));
      },
    });
    const streaming = session.stream(stream);
    let before = -1;
    while (given !== before) {
      before = given;
      for (let turns = 0; turns < 50; turns += 1) await turn();
    }
    expect(session.pendingBytes).toBeLessThan(100 * KIB);
    client.leave();
    expect(await streaming).toBe(false);
    expect(stream.destroyed).toBe(true);
  });

  it('lets whoever waits for it go on when it leaves', async () => {
    const { session, client } = await open({ reads: false });
    while (session.push(large(0))) await turn();
    const drained = session.drained();
    client.leave();
    expect(await drained).toBe(false);
  });

  it('gets everything that was pushed before the session was ended', async () => {
    const { session, client } = await open({ reads: false });
    let count = 0;
    do count += 1;
    while (session.push(large(count)) || session.pendingBytes < 500 * KIB);
    session.end();
    client.response.resume();
    await client.end();
    expect(client.ended).toBe(true);
    expect(client.text.match(/(?<=data: ")\d+/g)).toHaveLength(count);
  });
});

describe('a client that reads', () => {
  it('gets far more than the bound from a program that waits for room', async () => {
    const { session, client } = await open({ maxPendingBytes: 100 * KIB });
    const count = 600;
    for (let n = 0; n < count; n += 1) {
      if (!session.push(large(n))) expect(await session.drained()).toBe(true);
    }
    await client.got(`"${count - 1}:`);
    expect(client.text.match(/(?<=data: ")\d+/g)).toEqual(Array.from({ length: count }, (_, n) => `${n}`));
    expect(session.isConnected).toBe(true);
  });

  it('gets one event that is larger than the bound', async () => {
    const { session, client } = await open({ maxPendingBytes: KIB });
    session.push('x'.repeat(4 * MIB));
    session.end();
    await client.end();
    expect(client.text.length).toBeGreaterThan(4 * MIB);
  });
});
