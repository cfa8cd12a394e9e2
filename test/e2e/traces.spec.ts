import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  callJson,
  eventually,
  inProject,
  NatsClient,
  SseCapture,
  SYSTEM_START_MS,
  type System,
  startSystem,
} from '#libs/testing';
import { OtlpCollector } from './otlp-collector.js';

const SERVER = 2;
const PRODUCER = 4;
const CONSUMER = 5;

let collector: OtlpCollector;
let system: System;
let stream: string;
let readers: SseCapture[];

beforeAll(async () => {
  collector = await OtlpCollector.open();
  system = await startSystem({
    gateways: 2,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=a%20key',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  });
  stream = (await system.call('ingest', 'POST', '/v1/workflows', { name: 'traced' })).body.id;
  const urls = system.gateways.map(({ url }) => `${url}/pipelines/${stream}/sse`);
  // Two subscribers on one gateway, one on the other.
  readers = await Promise.all([urls[0], ...urls].map((url) => SseCapture.open(url as string)));
  await publish('00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-00');
  for (const reader of readers) await reader.count(1);
}, SYSTEM_START_MS);
afterAll(async () => {
  for (const reader of readers ?? []) reader.close();
  await system?.stop();
  await collector?.close();
}, 60_000);

async function publish(traceparent: string | undefined, key = system.adminKey): Promise<string> {
  const response = await fetch(`${system.ingest.url}/v1/streams/${stream}/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(traceparent === undefined ? {} : { traceparent, tracestate: 'vendor=1' }),
    },
    body: JSON.stringify({ channel: 'c', payload: 1 }),
  });
  expect(response.status).toBe(201);
  return response.headers.get('x-request-id') ?? '';
}

describe('traces', () => {
  it('follow an event from the publisher over ingest, auth and JetStream to every gateway', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const caller = '00f067aa0ba902b7';
    // A key that nobody has seen yet, so that auth is asked.
    const { body } = await system.call('auth', 'POST', '/v1/keys', { name: 'new', scopes: ['publish'] });
    const requestId = await publish(`00-${traceId}-${caller}-01`, body.key);
    const spans = await collector.trace(traceId, 5);
    const byName = (name: string) => spans.filter((span) => span.name === name);
    const [request] = byName('POST /v1/streams/:id/events');
    expect(request).toMatchObject({ service: 'ingest', kind: SERVER, parentSpanId: caller, failed: false });
    expect(request?.attributes).toMatchObject({
      'http.response.status_code': 201,
      'runnel.request_id': requestId,
    });
    const [decide] = byName('decide');
    expect(decide).toMatchObject({ service: 'auth', parentSpanId: request?.spanId });
    const [send] = byName('send events');
    expect(send).toMatchObject({ service: 'ingest', kind: PRODUCER, parentSpanId: request?.spanId });
    const deliveries = byName('deliver event');
    expect(deliveries).toHaveLength(2);
    for (const delivery of deliveries) {
      expect(delivery).toMatchObject({
        service: 'stream-gateway',
        kind: CONSUMER,
        parentSpanId: send?.spanId,
      });
    }
    expect(deliveries.map(({ attributes }) => attributes['runnel.subscribers']).sort()).toEqual([1, 2]);
    expect(collector.headers['x-collector-key']).toBe('a key');
  });

  it('begin by themselves where the caller has none, and are left out where the caller says so', async () => {
    const unwanted = '0af7651916cd43dd8448eb211c80319d';
    await publish(`00-${unwanted}-00f067aa0ba902b7-00`);
    const requestId = await publish(undefined);
    const own = () => collector.spans.find(({ attributes }) => attributes['runnel.request_id'] === requestId);
    await eventually('a trace of its own', () => own() !== undefined, 20_000);
    expect(own()?.parentSpanId).toBeUndefined();
    await collector.trace(own()?.traceId ?? '', 4);
    expect(collector.spans.filter(({ traceId }) => traceId === unwanted)).toEqual([]);
  });

  it('go on in those of NATS publishers', async () => {
    const traceId = '5bf92f3577b34da6a3ce929d0e0e4737';
    const { nats_subject } = (await system.call('ingest', 'GET', `/v1/streams/${stream}`)).body;
    const client = await NatsClient.open(system.nats[0]?.url ?? '');
    const headers = { 'Runnel-Channel': 'c', traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    await client.request(nats_subject, '1', headers);
    await client.close();
    const spans = await collector.trace(traceId, 3);
    expect(spans.map(({ name }) => name).sort()).toEqual(['deliver event', 'deliver event', 'send events']);
  });

  it('say what went wrong, and never what is secret', async () => {
    const traceId = '6bf92f3577b34da6a3ce929d0e0e4738';
    const { body: source } = await system.call('ingest', 'POST', '/v1/sources', { type: 'http', name: 'in' });
    const endpoint = `${system.ingest.url}${new URL(source.endpoint).pathname}`;
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    expect((await fetch(endpoint, { method: 'POST', headers, body: 'x' })).status).toBe(200);
    await collector.trace(traceId, 2);
    const token = endpoint.split('/').at(-1) ?? '';
    expect(token.length).toBeGreaterThan(20);
    expect(JSON.stringify(collector.spans)).not.toContain(token);
    expect(JSON.stringify(collector.spans)).not.toContain(system.adminKey);
    const refused = await callJson(`${system.ingest.url}/v1/workflows`, 'POST', undefined, { name: 'x' });
    expect(refused.status).toBe(401);
    await eventually('it is noted', () =>
      collector.spans.some(({ attributes }) => attributes['http.response.status_code'] === 401),
    );
  });

  // But its API, which is little more than constants: the client of Prometheus brings it along.
  it('load nothing of OpenTelemetry where nobody collects them', async () => {
    const loaded = async (options: object | undefined) => {
      const program = `
        const { Traces } = await import('#libs/tracing');
        for (const app of ['auth', 'ingest', 'stream-gateway']) await import('#apps/' + app);
        await Traces.open(${JSON.stringify(options)});
        const files = Object.keys((await import('node:module')).default._cache);
        console.log(files.filter((file) => /@opentelemetry.(?!api.)/.test(file)).length);
      `;
      const node = ['--input-type=module', '--eval', program];
      return Number((await promisify(execFile)(process.execPath, node, { cwd: inProject('.') })).stdout);
    };
    expect(await loaded(undefined)).toBe(0);
    const options = { url: collector.url, headers: {}, resource: {}, sampler: 'always_on', ratio: 1 };
    expect(await loaded(options)).toBeGreaterThan(10);
  });

  it('hold nothing up when nobody takes them any more', async () => {
    await collector.close();
    await publish(undefined);
    for (const service of [system.ingest, ...system.gateways, system.auth]) {
      expect(await service.stop()).toBe(0);
      expect(service.complaints()).toEqual([]);
    }
  }, 60_000);
});
