import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, NatsClient, Standalone } from '#libs/testing';

// Programs that know nothing of HTTP, against the nats-server of standalone.

const ADMIN_KEY = 'an-admin-key-that-an-operator-has-made-up';
const CHANNEL = { 'Runnel-Channel': 'c' };

let runnel: Standalone;
let closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  runnel = await Standalone.start({ RUNNEL_ADMIN_KEY: ADMIN_KEY, RUNNEL_SHARDS: '2' });
}, 60_000);
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});
afterAll(async () => {
  await runnel?.stop();
});

interface Key {
  readonly id: string;
  readonly key: string;
}

async function newKey(fields: object = {}, by?: string): Promise<Key> {
  const body = { name: 'publisher', scopes: ['publish'], ...fields };
  return (await runnel.call('POST', '/v1/keys', body, by)).body;
}

async function signIn({ id, key }: Key, options: object = {}): Promise<NatsClient> {
  const inboxPrefix = `_INBOX_${id}`;
  const client = await NatsClient.open(await runnel.natsUrl(), { token: key, inboxPrefix, ...options });
  closers.push(() => client.close());
  return client;
}

async function subjectOf(stream: string): Promise<string> {
  return (await runnel.call('GET', `/v1/streams/${stream}`)).body.nats_subject;
}

async function watch(stream: string) {
  const capture = await runnel.subscribe(`/pipelines/${stream}/sse`);
  closers.push(async () => capture.close());
  return capture;
}

const authorizationError = { name: 'AuthorizationError' };

describe('a publisher with an API key as its token', () => {
  it('publishes to a stream, and subscribers hear it', async () => {
    const stream = await runnel.workflow();
    const subject = await subjectOf(stream);
    expect(subject).toBe(`publish.default.${stream}`);
    const client = await signIn(await newKey());
    const capture = await watch(stream);
    expect(await client.request(subject, '{"a":1}', CHANNEL)).toMatchObject({ stream, seq: expect.any(Number) });
    client.publish(subject, '"no answer wanted"', CHANNEL);
    await capture.count(2);
    expect(capture.values).toEqual([{ a: 1 }, 'no answer wanted']);
    expect(capture.events.map(({ event }) => event)).toEqual(['c', 'c']);
    expect(client.complaints).toEqual([]);
  });
});

describe('an answer', () => {
  it('goes to the publisher alone: named as the place for it, no stream is written to', async () => {
    const mine = await runnel.workflow();
    const { body: source } = await runnel.call('POST', '/v1/sources', { type: 'http' });
    const client = await signIn(await newKey({ streams: [mine] }));
    const subject = await subjectOf(mine);
    const places = [await subjectOf(source.id), `events.0.default.${source.id}`, `live.default.${source.id}`];
    for (const reply of [...places, '$JS.API.STREAM.PURGE.EVENTS_0', '$JS.API.STREAM.PURGE.EVENTS_1']) {
      client.connection.publish(subject, '1', { reply });
    }
    expect(await client.request(subject, '2', CHANNEL)).toHaveProperty('seq');
    console.log((await runnel.call('GET', `/v1/streams/${source.id}/events`)).body.data, client.complaints, (await (await fetch(`${runnel.url}/metrics`)).text()).split('\n').filter((l) => l.includes('nats_messages')));
  });
});
