import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Answer,
  callJson,
  eventually,
  ready,
  type ServiceProcess,
  SseCapture,
  SYSTEM_START_MS,
  type System,
  startSystem,
} from '#libs/testing';
import { failedChecks } from './readiness.js';

// What JetStream cannot take, does not keep any more, or has lost altogether.

const KIB = 1024;
const MAX_PAYLOAD = 256 * KIB;
const MAX_STORE = 24 * 1024 * KIB;

let system: System;
let storeDir: string;
let gateway: ServiceProcess;
const captures: SseCapture[] = [];

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'runnel-store-'));
  const natsOptions = { storeDir, maxPayloadBytes: MAX_PAYLOAD, maxFileStoreBytes: MAX_STORE };
  system = await startSystem({ natsOptions });
  gateway = system.gateways[0] as ServiceProcess;
}, SYSTEM_START_MS);
afterEach(() => {
  for (const capture of captures.splice(0)) capture.close();
});
afterAll(async () => {
  await system?.stop();
  await rm(storeDir, { recursive: true, force: true });
}, 60_000);

async function newStream(name = 'storage', visibility = 'public'): Promise<string> {
  return (await system.call('ingest', 'POST', '/v1/workflows', { name, visibility })).body.id;
}

function publish(stream: string, payload: unknown): Promise<Answer> {
  return system.call('ingest', 'POST', `/v1/streams/${stream}/events`, { channel: 'c', payload });
}

function listen(stream: string, lastEventId?: string): Promise<SseCapture> {
  return listenTo(stream, {
    authorization: `Bearer ${system.adminKey}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  });
}

async function listenTo(stream: string, headers: Record<string, string> = {}): Promise<SseCapture> {
  const capture = await SseCapture.open(`${gateway.url}/pipelines/${stream}/sse`, headers);
  captures.push(capture);
  return capture;
}

const text = (bytes: number) => 'x'.repeat(bytes - '""'.length);

describe('an event that is larger than NATS takes', () => {
  it('is refused with 413 before anything is stored, and what just fits arrives', async () => {
    const stream = await newStream();
    const listener = await listen(stream);
    // A kibibyte of each message is left for its headers.
    const largest = MAX_PAYLOAD - KIB;
    const refused = await publish(stream, text(largest + 1));
    expect([refused.status, refused.body.type]).toEqual([413, 'urn:runnel:problem:too-large']);
    const batch = [
      { channel: 'c', payload: 'small' },
      { channel: 'c', payload: text(largest + 1) },
    ];
    expect((await system.call('ingest', 'POST', `/v1/streams/${stream}/events`, batch)).status).toBe(413);
    expect((await publish(stream, text(largest))).status).toBe(201);
    await listener.count(1);
    expect(listener.values).toEqual([text(largest)]);
    expect(system.complaints()).toEqual([]);
  }, 60_000);
});

describe('a subscriber who comes back', () => {
  it('too late for the history is told so, and gets the newest 100', async () => {
    const stream = await newStream();
    const path = `/v1/streams/${stream}/events`;
    const many = (from: number) =>
      Array.from({ length: 300 }, (_, index) => ({ channel: 'c', payload: from + index }));
    const { body } = await system.call('ingest', 'POST', path, many(0));
    const seen = body.events[9].id as string;
    for (const from of [300, 600])
      expect((await system.call('ingest', 'POST', path, many(from))).status).toBe(201);
    const listener = await listen(stream, seen);
    expect(listener.status).toBe(200);
    const [gap, ...rest] = await listener.count(101);
    expect(gap?.event).toBe('runnel.gap');
    expect(JSON.parse(gap?.data ?? '')).toEqual({
      requested: seen,
      oldest: rest[0]?.id,
      newest: rest.at(-1)?.id,
    });
    expect(rest.map(({ data }) => Number(data))).toEqual(Array.from({ length: 100 }, (_, n) => 800 + n));
  }, 60_000);

  it('to a stream that was deleted and made again meanwhile is not given the one for the other', async () => {
    const first = await newStream('twice', 'private');
    await publish(first, 'old');
    const listener = await listen('twice');
    const [old] = await listener.count(1);
    expect((await system.call('ingest', 'DELETE', `/v1/workflows/${first}`)).status).toBe(204);
    await listener.end(5_000);
    expect(listener.events.at(-1)).toMatchObject({
      event: 'runnel.closed',
      data: '{"reason":"stream-deleted"}',
    });
    const second = await newStream('twice', 'private');
    expect(second).not.toBe(first);
    await publish(second, 'new');
    const again = await eventually('it is found by its name', async () => {
      const capture = await listen('twice', old?.id);
      return capture.status === 200 && capture;
    });
    const [gap, event] = await again.count(2);
    expect([gap?.event, event?.data]).toEqual(['runnel.gap', '"new"']);
    expect((await listen(first, old?.id)).status).toBe(404);
  }, 60_000);
});

describe('a store that is full', () => {
  it('is answered 503 and known to readiness; what is stored can be read, and with room again all is well', async () => {
    const stream = await newStream();
    const listener = await listen(stream);
    const payload = text(200 * KIB);
    let stored = 0;
    const refusal = await eventually('it is full', async () => {
      const answer = await publish(stream, payload);
      if (answer.status !== 201) return answer;
      stored += 1;
      return false;
    });
    expect([refusal.status, refusal.body.type]).toEqual([503, 'urn:runnel:problem:unavailable']);
    await eventually('readiness says so', async () =>
      (await failedChecks(system.ingest)).includes('event log'),
    );
    await listener.count(stored);
    const latecomer = await listen(stream);
    await latecomer.count(Math.min(100, stored));
    const path = `/v1/streams/${stream}/events`;
    expect((await system.call('ingest', 'GET', `${path}?limit=1`)).body.data).toHaveLength(1);
    expect((await system.call('ingest', 'DELETE', path)).status).toBe(204);
    await ready(system.ingest.url);
    expect((await publish(stream, 'room again')).status).toBe(201);
    await listener.count(stored + 1);
    expect(listener.values.at(-1)).toBe('room again');
    expect(listener.events.filter(({ event }) => event === 'runnel.gap')).toEqual([]);
  }, 90_000);
});

describe('NATS that comes back without its data', () => {
  it('is set up anew without a restart: the configured key is good, and what was lost is said to be gone', async () => {
    const stream = await newStream();
    await publish(stream, 'lost');
    // Without a key: whose own end might be noticed first.
    const listener = await listenTo(stream);
    await listener.count(1);
    const [nats] = system.nats;
    nats?.kill('SIGKILL');
    await nats?.exited;
    await rm(storeDir, { recursive: true, force: true });
    await nats?.restart();
    await listener.end();
    expect(listener.events.at(-1)).toMatchObject({
      event: 'runnel.closed',
      data: '{"reason":"stream-deleted"}',
    });
    await eventually('auth, ingest and the gateway work', async () => {
      const all = [system.auth, system.ingest, gateway];
      return (
        await Promise.all(all.map(async (service) => (await failedChecks(service)).length === 0))
      ).every(Boolean);
    });
    // What was refused a moment ago is refused for another second.
    const anew = await eventually('the key is good', () => newStream());
    await eventually('events are stored', async () => (await publish(anew, 'kept')).status === 201);
    const found = await listenTo(anew);
    await found.count(1);
    expect(found.values[0]).toBe('kept');
    const keys = await callJson(`${system.auth.url}/v1/keys`, 'GET', system.adminKey);
    expect(keys.status).toBe(200);
  }, 90_000);
});
