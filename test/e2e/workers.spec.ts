import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eventually,
  ServiceProcess,
  SseCapture,
  SYSTEM_START_MS,
  type System,
  startSystem,
} from '#libs/testing';

// A gateway of two worker processes.

const CONNECTIONS = 8;

let system: System;
let gateway: ServiceProcess;
let stream: string;
const captures: SseCapture[] = [];

beforeAll(async () => {
  const env = { RUNNEL_WORKERS: '2', RUNNEL_MAX_CONNECTIONS_PER_ADDRESS: String(CONNECTIONS) };
  system = await startSystem({ envOf: { 'stream-gateway': env } });
  gateway = system.gateways[0] as ServiceProcess;
  stream = (await system.call('ingest', 'POST', '/v1/workflows', { name: 'shared' })).body.id;
  await both();
}, SYSTEM_START_MS);
afterAll(() => system?.stop(), 60_000);

const open = () => SseCapture.open(`${gateway.url}/pipelines/${stream}/sse?replay=0`);
const metrics = async () => (await fetch(`${gateway.url}/metrics`)).text();
/** The value of a metric without labels of its own, all workers together. */
async function metric(name: string): Promise<number> {
  return Number(new RegExp(`^${name}{service="stream-gateway"} (\\d+)$`, 'm').exec(await metrics())?.[1]);
}
const both = () =>
  eventually('both workers listen', async () => (await metric('runnel_workers')) === 2, 60_000);
const connections = async (count: number) =>
  eventually(
    `${count} connections`,
    async () => (await metric('runnel_gateway_connections')) === count,
    60_000,
  );
async function publish(payload: number): Promise<void> {
  const event = { channel: 'n', payload };
  expect((await system.call('ingest', 'POST', `/v1/streams/${stream}/events`, event)).status).toBe(201);
}
/** The process that was started last for a worker. */
function pidOf(worker: number): number {
  const lines = gateway.output.filter((line) => line.includes('A worker is started.'));
  return lines.map((line) => JSON.parse(line)).findLast((line) => line.worker === worker).pid;
}

describe('a gateway of two workers', () => {
  it('spreads its subscribers over both, and each of them gets every event', async () => {
    while (captures.length < CONNECTIONS) captures.push(await open());
    await connections(CONNECTIONS);
    // A stream that both follow: each of them has some of the connections.
    expect(await metric('runnel_gateway_hubs')).toBe(2);
    for (const n of [1, 2, 3]) await publish(n);
    for (const capture of captures) await capture.count(3);
    expect(captures.map(({ values }) => values)).toEqual(captures.map(() => [1, 2, 3]));
    expect(await metric('runnel_gateway_deliveries_total')).toBe(3 * CONNECTIONS);
    expect(await metrics()).toMatch(/^runnel_nats_up\{connection="gateway",service="stream-gateway"\} 1$/m);
  });

  it('counts them as one: in presence, and where an address has as many as it may', async () => {
    const count = async () => (await system.call('ingest', 'GET', `/v1/streams/${stream}`)).body.subscribers;
    await eventually('all subscribers are counted', async () => (await count()) === CONNECTIONS, 60_000);
    // Of eight a worker has fewer than eight itself.
    const refused = await open();
    refused.close();
    expect(refused.status).toBe(429);
  });

  it('replaces a worker that was killed, while the other one goes on', async () => {
    const killed = pidOf(1);
    process.kill(killed, 'SIGKILL');
    await eventually('another worker is started', () => pidOf(1) !== killed, 60_000);
    await both();
    expect(await metric('runnel_worker_replacements_total')).toBe(1);
    const left = captures.filter(({ ended }) => !ended);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(CONNECTIONS);
    // The places of those that were cut are free again.
    while (left.length < CONNECTIONS) left.push(await open());
    await connections(CONNECTIONS);
    const before = left.map(({ values }) => values.length);
    await publish(4);
    for (const [n, capture] of left.entries()) await capture.count((before[n] ?? 0) + 1);
    expect(left.map(({ values }) => values.at(-1))).toEqual(left.map(() => 4));
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    await eventually('all of it is ready', async () => (await fetch(`${gateway.url}/readyz`)).status === 200);
    captures.splice(0, CONNECTIONS, ...left);
  });

  it('ends with all of its streams on SIGTERM, in an orderly way', async () => {
    expect(await gateway.stop()).toBe(0);
    for (const capture of captures) await capture.end();
    expect(captures.map(({ failure }) => failure)).toEqual(captures.map(() => undefined));
    await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
    expect(system.complaints().filter((line) => !line.includes('A worker ended by itself'))).toEqual([]);
  });

  it('does not start where it cannot listen, and says so once', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const env = { NATS_URL: system.nats[0]?.url ?? '', RUNNEL_WORKERS: '2', PORT: String(port) };
    const why = await ServiceProcess.start('stream-gateway', env).catch(String);
    taken.close();
    expect(why).toContain('stream-gateway ended with 1');
    expect(String(why).match(/the port is taken/g)).toHaveLength(1);
  });
});
