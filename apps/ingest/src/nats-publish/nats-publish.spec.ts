import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import type { StreamDirectory, StreamEntry } from '#libs/catalogue';
import { Problem, publishSubject, type StreamRef } from '#libs/contracts';
import { EventLog } from '#libs/event-log';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { createLog } from '#libs/service';
import { eventually, NatsClient } from '#libs/testing';
import { PublishRates } from '../publish/publish-rates.js';
import { NatsPublish } from './nats-publish.js';

let server: NatsServer;
let client: NatsClient;
let eventLog: EventLog;
let natsPublish: NatsPublish;
const registry = new Registry();
/** The workspace that may send one event a minute; the others may send what they like. */
const SLOW = 'slow';
const rates = {
  mayTake: (whose) => whose !== `nats ${SLOW}` || slowRate.mayTake(whose),
} as Partial<PublishRates> as PublishRates;
const slowRate = new PublishRates({ maxEventsPerKey: 1 / 60 });
/** Streams of the catalogue, by id; looking one up takes as long as a test says. */
const streams = new Map<string, Pick<StreamEntry, 'id' | 'workspace' | 'kind'>>();
let lookUp: () => Promise<void> = async () => {};

beforeAll(async () => {
  server = await startNatsServer();
  client = await NatsClient.open(server.url);
  eventLog = new EventLog({ url: server.url, name: 'log' });
  await eventLog.provision({ shards: 1, replicas: 1 });
  const directory = {
    get: async (id: string) => {
      await lookUp();
      return streams.get(id);
    },
  } as Partial<StreamDirectory> as StreamDirectory;
  natsPublish = new NatsPublish({
    nats: { url: server.url, name: 'publishers' },
    directory,
    eventLog,
    rates,
    registry,
    log: createLog({ service: 'test', level: 'silent' }),
  });
  await eventually('somebody answers', () => send({ workspace: 'none', stream: 'p_none' }, '1'));
});
afterAll(async () => {
  await natsPublish.onApplicationShutdown();
  await eventLog.close();
  await client.close();
  await server.stop();
});

function newStream(kind: StreamEntry['kind'] = 'workflow', workspace = 'default'): StreamRef {
  const ref = { workspace, stream: `p_${streams.size}` };
  streams.set(ref.stream, { id: ref.stream, workspace, kind });
  return ref;
}

const send = (ref: StreamRef, payload: string, fields: Record<string, string> = {}) =>
  client.request(publishSubject(ref), payload, { 'Runnel-Channel': 'c', ...fields });

async function kept(ref: StreamRef): Promise<string[]> {
  const events = await eventLog.newest(ref, 100);
  return events.map(({ payload }) => Buffer.from(payload).toString());
}

const refusal = (code: number) => ({
  error: { code, err_code: code, description: expect.any(String) },
});

describe('a message on a stream’s subject', () => {
  it('is stored as it was written, and acknowledged as JetStream does', async () => {
    const ref = newStream();
    const answer = await send(ref, '{\n "a": 1 }');
    expect(answer).toMatchObject({ stream: ref.stream, seq: expect.any(Number) });
    expect(answer).not.toHaveProperty('duplicate');
    expect(await eventLog.newest(ref, 1)).toMatchObject([{ channel: 'c', seq: answer.seq }]);
    expect(await kept(ref)).toEqual(['{\n "a": 1 }']);
  });

  it('is stored once for its id, which means nothing to other streams', async () => {
    const [one, other] = [newStream(), newStream()];
    const first = await send(one, '1', { 'Nats-Msg-Id': '1' });
    expect(await send(one, '1', { 'Nats-Msg-Id': '1' })).toEqual({ ...first, duplicate: true });
    expect(await send(one, '2', { 'Nats-Msg-Id': '1' })).toEqual(refusal(422));
    expect(await send(other, '2', { 'Nats-Msg-Id': '1' })).not.toHaveProperty('duplicate');
    expect([await kept(one), await kept(other)]).toEqual([['1'], ['2']]);
  });

  it('is refused with the reason when it breaks the rules, and nothing of it is stored', async () => {
    const ref = newStream();
    expect(await send(ref, 'no JSON')).toEqual(refusal(400));
    expect(await send(ref, '1', { 'Runnel-Channel': 'runnel.gap' })).toEqual(refusal(400));
    expect(await send(ref, `"${'x'.repeat(600_000)}"`)).toEqual(refusal(413));
    expect(await send({ ...ref, workspace: 'other' }, '1')).toEqual(refusal(404));
    expect(await send({ ...ref, stream: 'p_unknown' }, '1')).toEqual(refusal(404));
    expect(await kept(ref)).toEqual([]);
    const counted = await registry.metrics();
    for (const outcome of ['malformed-request', 'too-large', 'not-found', 'idempotency-key-reused']) {
      expect(counted).toMatch(new RegExp(`nats_messages_total\\{outcome="${outcome}"\\} [1-9]`));
    }
  });

  it('is answered when the stream cannot be looked up, and the next one tries again', async () => {
    const ref = newStream();
    lookUp = () => Promise.reject(new Problem('unavailable', 'Not now.'));
    expect(await send(ref, '1')).toEqual({ error: { code: 503, err_code: 503, description: 'Not now.' } });
    lookUp = () => Promise.reject(new Error('a bug'));
    expect(await send(ref, '1')).toEqual(refusal(500));
    lookUp = async () => {};
    expect(await send(ref, '1')).toHaveProperty('seq');
  });

  it('never opens a stream to another workspace that names it at the same moment', async () => {
    const ref = newStream();
    const answers = await Promise.all([
      send({ ...ref, workspace: 'other' }, '"foreign"'),
      send(ref, '"own"'),
      send({ ...ref, workspace: 'other' }, '"foreign"'),
    ]);
    expect(answers).toEqual([
      refusal(404),
      expect.objectContaining({ seq: expect.any(Number) }),
      refusal(404),
    ]);
    expect(await kept(ref)).toEqual(['"own"']);
  });
});

describe('many messages', () => {
  it('are stored in the order in which they came, however long looking up takes', async () => {
    const ref = newStream();
    let lookups = 0;
    lookUp = async () => {
      lookups += 1;
      if (lookups === 1) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    for (let n = 0; n < 5_000; n += 1) {
      client.publish(publishSubject(ref), String(n), { 'Runnel-Channel': 'c' });
      if (n % 1_000 === 0) await client.connection.flush();
    }
    await eventually('the last is stored', async () => (await kept(ref)).at(-1) === '4999');
    expect(await kept(ref)).toEqual(Array.from({ length: 100 }, (_, n) => String(4_900 + n)));
    const events = await eventLog.newest(ref, 100);
    expect((events.at(-1)?.seq ?? 0) - (events[0]?.seq ?? 0)).toBe(99);
    lookUp = async () => {};
  });
});

describe('a workspace that sends too fast', () => {
  it('is told so, and others are not', async () => {
    const [slow, other] = [newStream('workflow', SLOW), newStream('workflow', 'other')];
    expect(await send(slow, '1')).toMatchObject({ stream: slow.stream });
    for (let n = 0; n < 3; n += 1) {
      expect(await send(slow, '2')).toMatchObject({
        error: { code: 429, description: expect.stringMatching(/faster/) },
      });
      expect(await send(other, '2')).toMatchObject({ stream: other.stream });
    }
    expect(await kept(slow)).toEqual(['1']);
  });
});

describe('at the end of the service', () => {
  it('what was taken is stored and answered first', async () => {
    const ref = newStream();
    const held: (() => void)[] = [];
    lookUp = () => new Promise((resolve) => held.push(resolve));
    const answer = send(ref, '1');
    await eventually('it was taken', () => held.length === 1);
    let drained = false;
    const draining = natsPublish.drain(performance.now() + 5_000).then(() => {
      drained = true;
    });
    // The server may hand a last message over before it has heard of the end.
    const refused = () =>
      client.request(publishSubject(ref), '2', { 'Runnel-Channel': 'c' }).then(
        () => false,
        (error: unknown) => /no responders/i.test(String(error)),
      );
    await eventually('nothing more is taken', async () => {
      const asked = refused();
      return Promise.race([asked, new Promise<false>((resolve) => setTimeout(() => resolve(false), 200))]);
    });
    expect(drained).toBe(false);
    for (const open of held) open();
    expect(await answer).toHaveProperty('seq');
    await draining;
  });
});
