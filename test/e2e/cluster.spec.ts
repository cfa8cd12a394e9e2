import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ComposeCluster,
  callJson,
  eventually,
  NumberListener,
  NumberPublisher,
  ready,
  SseCapture,
} from '#libs/testing';

/** Milliseconds without an event that nobody may have to endure while services are restarted one by one. */
const ROLLING_WAIT_MS = 10_000;

let cluster: ComposeCluster;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  cluster = await ComposeCluster.start();
}, 120_000);
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => cluster?.stop(), 60_000);

const urlsOf = (app: 'auth' | 'ingest' | 'stream-gateway') =>
  (cluster.services.get(app) ?? []).map(({ url }) => url);

function publish(url: string, stream: string, n: number) {
  const event = { channel: 'n', payload: n, id: `n${n}` };
  return callJson(`${url}/v1/streams/${stream}/events`, 'POST', cluster.adminKey, event);
}

async function newStream(name: string): Promise<string> {
  const [ingest = ''] = urlsOf('ingest');
  return (await callJson(`${ingest}/v1/workflows`, 'POST', cluster.adminKey, { name })).body.id;
}

describe('the cluster that docker-compose.yml describes', () => {
  it('brings what is published anywhere to whoever subscribes anywhere', async () => {
    const stream = await newStream('anywhere');
    const gateways = urlsOf('stream-gateway');
    expect(gateways).toHaveLength(2);
    const fronts = cluster.proxyUrl === undefined ? gateways : [...gateways, cluster.proxyUrl];
    const readers = await Promise.all(fronts.map((url) => SseCapture.open(`${url}/pipelines/${stream}/sse`)));
    let n = 0;
    for (const url of [...urlsOf('ingest'), ...(cluster.proxyUrl === undefined ? [] : [cluster.proxyUrl])]) {
      expect((await publish(url, stream, n)).status).toBe(201);
      n += 1;
    }
    for (const reader of readers) {
      await reader.count(n);
      expect(reader.values).toEqual(Array.from({ length: n }, (_, index) => index));
      reader.close();
    }
    for (const auth of urlsOf('auth')) {
      const keys = await callJson(`${auth}/v1/keys`, 'GET', cluster.adminKey);
      expect(keys.status).toBe(200);
    }
  }, 60_000);

  it('keeps thousands of events on three servers, and resumes from the oldest at any gateway', async () => {
    const stream = await newStream('long');
    const [ingest = '', other = ''] = urlsOf('ingest');
    const path = `/v1/streams/${stream}`;
    const history = { max_events: 2_000, max_age_s: null };
    const changed = await callJson(`${ingest}${path}`, 'PUT', cluster.adminKey, { history });
    expect([changed.status, changed.body.history]).toEqual([200, history]);
    const ids: string[] = [];
    for (const url of [ingest, other, ingest]) {
      const events = Array.from({ length: 500 }, (_, n) => ({ channel: 'n', payload: ids.length + n }));
      const { body } = await callJson(`${url}${path}/events`, 'POST', cluster.adminKey, events);
      ids.push(...body.events.map(({ id }: { id: string }) => id));
    }
    for (const url of urlsOf('ingest')) {
      expect((await callJson(`${url}${path}`, 'GET', cluster.adminKey)).body.event_count).toBe(1_500);
    }
    for (const url of urlsOf('stream-gateway')) {
      const reader = await SseCapture.open(`${url}/pipelines/${stream}/sse`, {
        'last-event-id': ids[0] as string,
      });
      await reader.count(1_499);
      expect(reader.values).toEqual(Array.from({ length: 1_499 }, (_, index) => index + 1));
      reader.close();
    }
  }, 60_000);

  it('loses nothing while everything is restarted, one after the other, under load, and nobody waits for long', async () => {
    const stream = await newStream('rolling');
    const { adminKey: key } = cluster;
    // Without nginx there is no one address that stays: then the gateways' subscribers come back to their own.
    const fronts =
      cluster.proxyUrl === undefined ? urlsOf('stream-gateway') : Array(4).fill(cluster.proxyUrl);
    const listeners = fronts.map((url) => NumberListener.open({ url, stream }));
    closers.push(...listeners.map((listener) => () => listener.close()));
    const url = cluster.proxyUrl ?? (urlsOf('ingest')[0] as string);
    // A reader that is away for some seconds must find what it missed among the last 100.
    const publisher = NumberPublisher.start({ url, key, stream, perSecond: 10 });
    closers.push(() => publisher.stop());
    const heard = (patienceMs?: number) => {
      const wanted = publisher.acked + 5;
      return eventually(
        'events flow to all',
        () => listeners.every(({ last }) => last >= wanted),
        patienceMs,
      );
    };
    await heard();
    for (const server of cluster.nats) {
      await server.kill('SIGTERM');
      await server.start();
      await Promise.all([...urlsOf('ingest'), ...urlsOf('stream-gateway')].map((each) => ready(each)));
    }
    await heard(60_000);
    for (const listener of listeners) listener.longestWaitMs = 0;
    for (const service of [...cluster.services.values()].flat()) {
      await service.stop();
      await service.restart();
      await ready(service.url, service.output);
    }
    await heard(40_000);
    const total = await publisher.stop();
    await eventually('all have arrived', () => listeners.every(({ last }) => last === total - 1));
    for (const { runs, faults } of listeners) {
      expect(runs).toEqual([Array.from({ length: total }, (_, index) => index)]);
      expect(faults).toEqual([]);
    }
    expect(publisher.faults).toEqual([]);
    if (cluster.proxyUrl === undefined) return;
    for (const { longestWaitMs } of listeners) expect(longestWaitMs).toBeLessThan(ROLLING_WAIT_MS);
  }, 180_000);
});
