import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { headers } from '@nats-io/nats-core';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { eventually, RawNatsClient } from '#libs/testing';
import { PublishIntake, type PublishMessage } from './publish-intake.js';

let server: NatsServer;
let client: NatsConnection;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  server = await startNatsServer();
  client = await connect({ servers: server.url });
});
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});
afterAll(async () => {
  await client?.close();
  await server?.stop();
});

const SUBJECT = 'publish.default.p_1';
const ACK = { stream: 'p_1', seq: 7, id: 'e-7' };

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

async function openIntake(take: (message: PublishMessage) => void = () => {}) {
  const taken: PublishMessage[] = [];
  const intake = new PublishIntake({ url: server.url, name: 'intake' }, (message) => {
    taken.push(message);
    take(message);
  });
  closers.push(() => intake.close());
  // The server knows of the subscription when somebody answers.
  await eventually('the intake listens', async () => {
    taken.length = 0;
    client.publish(SUBJECT, 'are you there');
    await client.flush();
    return taken.length > 0;
  });
  taken.length = 0;
  return { intake, taken };
}

describe('PublishIntake', () => {
  it('hears what is published to a stream, with its channel and id, however their headers are spelt', async () => {
    const { taken } = await openIntake((message) => message.answer(ACK));
    for (const [channel, id] of [
      ['Runnel-Channel', 'Nats-Msg-Id'],
      ['runnel-channel', 'NATS-MSG-ID'],
    ] as const) {
      const fields = headers();
      fields.set(channel, 'canal/ü 🚀');
      fields.set(id, '1');
      const answer = await client.request(SUBJECT, '{"a":1}', { headers: fields, timeout: 5_000 });
      expect(answer.json()).toEqual(ACK);
    }
    for (const message of taken) {
      expect(message).toMatchObject({
        ref: { workspace: 'default', stream: 'p_1' },
        channel: 'canal/ü 🚀',
        id: '1',
        headerFault: undefined,
      });
      expect(text(message.payload)).toBe('{"a":1}');
    }
  });

  it('tells a header that is absent from an empty one, and names those that ask for something else', async () => {
    const { taken } = await openIntake();
    const fields = headers();
    fields.set('Nats-Expected-Last-Sequence', '3');
    fields.set('Nats-Rollup', 'sub');
    fields.set('Nats-Trace-Dest', 'x');
    fields.set('My-Header', 'x');
    client.publish(SUBJECT, '1', { headers: fields });
    client.publish(SUBJECT, '2');
    await eventually('both came', () => taken.length === 2);
    expect(taken[0]).toMatchObject({ channel: undefined, id: undefined });
    expect(taken[0]?.headerFault).toBe('The header Nats-Expected-Last-Sequence is not supported.');
    expect(taken[1]?.headerFault).toBeUndefined();
  });

  it('goes on after headers that its client cannot read, or only in minutes', async () => {
    const { taken } = await openIntake();
    const rawClient = await RawNatsClient.open(server);
    closers.push(async () => rawClient.close());
    const raw = (head: string, payload: string) => rawClient.publish(SUBJECT, head, payload);
    raw('NATS/1.0\r\nRunnel-Channel: a\ndata: forged\r\n\r\n', '1');
    raw('NATS/1.0\r\n: nameless\r\n\r\n', '2');
    raw('NATS/1.0 rubbish\r\n\r\n', '3');
    raw(`NATS/1.0\r\n${Array.from({ length: 100_000 }, (_, n) => `h${n}: x\r\n`).join('')}\r\n`, '4');
    client.publish(SUBJECT, '5');
    await eventually('all came', () => taken.length === 5);
    const faults = Object.fromEntries(taken.map(({ payload, headerFault }) => [text(payload), headerFault]));
    expect(faults).toMatchObject({
      '1': 'The headers cannot be read.',
      '4': 'The headers must have at most 8192 bytes.',
      '5': undefined,
    });
  });

  it('sends no answer to what is no inbox, where a publisher could use it to write for us', async () => {
    const { taken } = await openIntake((message) => message.answer(ACK));
    const heard: string[] = [];
    const all = client.subscribe('>', { callback: (_error, { subject }) => void heard.push(subject) });
    for (const reply of ['events.0.default.p_2', '$JS.API.STREAM.PURGE.EVENTS_0', SUBJECT]) {
      client.publish(SUBJECT, '1', { reply });
    }
    client.publish(SUBJECT, '1', { reply: '_INBOX.mine' });
    await eventually('the last was answered', () => heard.includes('_INBOX.mine'));
    expect(heard.filter((subject) => subject !== SUBJECT)).toEqual(['_INBOX.mine']);
    expect(taken).toHaveLength(4);
    all.unsubscribe();
  });

  it('shares the messages with other replicas, and leaves them all to those when it stops', async () => {
    const [one, other] = [await openIntake(), await openIntake()];
    one.taken.length = 0;
    for (let n = 0; n < 100; n += 1) client.publish(SUBJECT, '1');
    await eventually('each came once', () => one.taken.length + other.taken.length === 100);
    one.intake.stop();
    const before = one.taken.length;
    await eventually('the other gets all', async () => {
      const count = other.taken.length;
      for (let n = 0; n < 20; n += 1) client.publish(SUBJECT, '1');
      return await eventually('twenty more', () => other.taken.length === count + 20, 200);
    });
    expect(one.taken.length).toBeLessThanOrEqual(before + 20);
  });

  it('goes on after the server was restarted', async () => {
    const { intake, taken } = await openIntake();
    await server.restart();
    await eventually('it is up', () => intake.up);
    await eventually('a message comes', () => {
      client.publish(SUBJECT, '1');
      return taken.length > 0;
    });
  });
});
