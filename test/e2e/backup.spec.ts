import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { runCommand } from '#libs/backup';
import { startNatsCluster, startNatsServer } from '#libs/nats-server';
import {
  type AppName,
  callJson,
  eventually,
  NatsClient,
  NumberPublisher,
  ready,
  ServiceProcess,
  SseCapture,
  Standalone,
  startSystem,
} from '#libs/testing';

let dir: string;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runnel-backup-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
}, 60_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

async function run(args: readonly string[], url?: string): Promise<{ code: number; said: string }> {
  let said = '';
  const env = url === undefined ? {} : { NATS_URL: url };
  const code = await runCommand(args, env, (text) => {
    said += text;
  });
  return { code, said };
}

/** Services around a NATS system that is there already. */
async function startServices(env: Readonly<Record<string, string>>) {
  const start = async (app: AppName) => {
    const service = await ServiceProcess.start(app, { RUNNEL_DRAIN_MS: '500', ...env });
    closers.push(() => service.stop());
    return service;
  };
  const auth = await start('auth');
  const ingest = await start('ingest');
  const gateway = await start('stream-gateway');
  await Promise.all([auth, ingest, gateway].map(({ url, output }) => ready(url, output)));
  return { auth, ingest, gateway };
}

function numbers(from: number, to: number): { channel: string; payload: number; id: string }[] {
  return Array.from({ length: to - from }, (_, index) => {
    const n = from + index;
    return { channel: 'n', payload: n, id: `n${n}` };
  });
}

function withoutBase(body: unknown, base: string): unknown {
  return JSON.parse(JSON.stringify(body).replaceAll(base, ''));
}

describe('a backup', () => {
  it('moves standalone to a cluster: keys, streams, long histories and cursors go on there', async () => {
    const standalone = await Standalone.start({ RUNNEL_SHARDS: '2' });
    closers.push(() => standalone.stop());
    const key = (await standalone.call('POST', '/v1/keys', { name: 'mine', scopes: ['publish', 'manage'] }))
      .body.key as string;
    const stream = await standalone.workflow();
    const ids = await standalone.publish(stream, numbers(0, 150));
    const long = await standalone.workflow();
    await standalone.call('PUT', `/v1/streams/${long}`, { history: { max_events: 1_000 } });
    const longIds = await standalone.publish(long, numbers(0, 600));
    await standalone.call('POST', '/v1/sources', { type: 'http', name: 'hook' });
    const listed = (await standalone.call('GET', '/v1/streams')).body;
    const moved = join(dir, 'moved');
    const { code, said } = await run(['backup', moved, '--data', standalone.dataDir]);
    // Two servers on one store would destroy it.
    expect({ code, said }).toMatchObject({ code: 1, said: expect.stringContaining('stop that first') });
    await standalone.process.stop();
    expect(await run(['backup', moved, '--data', standalone.dataDir])).toMatchObject({ code: 0 });

    const cluster = await startNatsCluster({ size: 3 });
    closers.push(() => cluster.stop());
    const url = cluster.urls.join(',');
    const restored = await run(['restore', moved, '--replicas', '3', '--cursors', 'keep'], url);
    expect(restored).toMatchObject({ code: 0 });
    const { ingest, gateway } = await startServices({ NATS_URL: url, NATS_REPLICAS: '3' });
    const client = await NatsClient.open(cluster.urls[0] ?? '');
    closers.push(() => client.close());
    for await (const { config } of (await jetstreamManager(client.connection)).streams.list()) {
      expect([config.name, config.num_replicas]).toEqual([config.name, 3]);
    }
    const call = (method: string, path: string, body?: unknown) =>
      callJson(ingest.url + path, method, key, body);
    // Readiness does not ask each shard whether it has a leader yet.
    const answered = (method: string, path: string, body?: unknown) =>
      eventually(`${method} ${path}`, async () => {
        const answer = await call(method, path, body);
        return answer.status < 300 ? answer : undefined;
      });
    // A list is read from replicas, which may be behind the leader for a moment.
    const now = await eventually('all streams are listed', async () => {
      const { status, body } = await call('GET', '/v1/streams');
      return status === 200 && body.data.length === listed.data.length && body;
    });
    expect(withoutBase(now, ingest.url)).toEqual(withoutBase(listed, standalone.url));
    await answered('POST', `/v1/streams/${stream}/events`, numbers(150, 160));
    await answered('POST', `/v1/streams/${long}/events`, numbers(600, 610));
    const listen = async (id: string, cursor: string | undefined) => {
      const reader = await SseCapture.open(`${gateway.url}/pipelines/${id}/sse`, {
        'Last-Event-ID': cursor ?? '',
      });
      closers.push(() => reader.close());
      return reader;
    };
    const near = await listen(stream, ids[99]);
    await near.count(60);
    expect(near.values).toEqual(numbers(100, 160).map(({ payload }) => payload));
    const far = await listen(long, longIds[9]);
    await far.count(600);
    expect(far.values).toEqual(numbers(10, 610).map(({ payload }) => payload));
    expect(far.events.every(({ event }) => event === 'n')).toBe(true);
  }, 120_000);

  it('of a system under load is whole, and whoever has seen more is told', async () => {
    const system = await startSystem();
    const { body } = await system.call('ingest', 'POST', '/v1/workflows', { name: 'busy' });
    const publisher = NumberPublisher.start({
      url: system.ingest.url,
      key: system.adminKey,
      stream: body.id,
    });
    await eventually('events flow', () => publisher.acked > 20, 20_000);
    const busy = join(dir, 'busy');
    const url = system.nats[0]?.url ?? '';
    expect(await run(['backup', busy], url)).toMatchObject({ code: 0 });
    const atBackup = publisher.acked;
    await eventually('more events flow', () => publisher.acked > atBackup + 20, 20_000);
    const seen = await SseCapture.open(`${system.gateways[0]?.url}/pipelines/${body.id}/sse`);
    await eventually('the newest was seen', () => seen.events.length > 0);
    await publisher.stop();
    const { id: cursor } = seen.events.at(-1) ?? {};
    seen.close();
    await system.stop();

    const server = await startNatsServer();
    closers.push(() => server.stop());
    expect(await run(['restore', busy], server.url)).toMatchObject({ code: 0 });
    expect((await run(['restore', busy], server.url)).said).toContain('are there already');
    const { ingest, gateway } = await startServices({ NATS_URL: server.url });
    const address = `${gateway.url}/pipelines/${body.id}/sse`;
    const reader = await SseCapture.open(address, { 'Last-Event-ID': cursor ?? '' });
    closers.push(() => reader.close());
    await eventually('the gap', () => reader.events.length > 1);
    expect(reader.events[0]?.event).toBe('runnel.gap');
    const kept = reader.values.slice(1).map((value) => (value as { n: number }).n);
    expect(kept).toEqual(kept.map((_, index) => (kept[0] ?? 0) + index));
    expect(kept.at(-1)).toBeGreaterThanOrEqual(20);
    const before = reader.events.length;
    const next = { channel: 'n', payload: { n: -1 } };
    const sent = await callJson(`${ingest.url}/v1/streams/${body.id}/events`, 'POST', system.adminKey, next);
    expect(sent.status).toBe(201);
    await reader.count(before + 1);
    expect(reader.values.at(-1)).toEqual({ n: -1 });
  }, 120_000);

  it('that is not whole is not restored, and one that would overwrite another is not made', async () => {
    const server = await startNatsServer();
    closers.push(() => server.stop());
    const client = await NatsClient.open(server.url);
    closers.push(() => client.close());
    const manager = await jetstreamManager(client.connection);
    await manager.streams.add({ name: 'SOME', subjects: ['some'] });
    const whole = join(dir, 'whole');
    expect(await run(['backup', whole], server.url)).toMatchObject({ code: 0 });
    expect(await run(['backup', whole], server.url)).toMatchObject({
      code: 1,
      said: expect.stringContaining('is not empty'),
    });
    await manager.streams.delete('SOME');
    const file = join(whole, 'SOME.snapshot');
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(1));
    expect((await run(['restore', whole], server.url)).said).toContain('is not what was backed up');
    expect((await run(['restore', dir], server.url)).said).toContain('is no backup');
    expect((await manager.streams.names().next()).length).toBe(0);
    await writeFile(file, bytes);
    expect(await run(['restore', whole], server.url)).toMatchObject({ code: 0 });
    for (const wrong of [[], ['restore'], ['restore', whole, '--replicas', '2'], ['backup', whole, '--x']]) {
      expect(await run(wrong)).toMatchObject({ code: 2, said: expect.stringContaining('npm run backup') });
    }
  });
});
