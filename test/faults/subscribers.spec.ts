import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eventually,
  ready,
  type ServiceProcess,
  SseCapture,
  SYSTEM_START_MS,
  type System,
  startSystem,
  TcpProxy,
} from '#libs/testing';
import { Traffic } from './traffic.js';

// What subscribers do to a gateway, and what its end does to them.

const KIB = 1024;
const DRAIN_MS = 3_000;

let system: System;
let gateway: ServiceProcess;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  const env = { RUNNEL_DRAIN_MS: String(DRAIN_MS), RUNNEL_MAX_WAITING_BYTES: String(256 * KIB) };
  system = await startSystem({ envOf: { 'stream-gateway': env } });
  gateway = system.gateways[0] as ServiceProcess;
}, SYSTEM_START_MS);
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => system?.stop(), 60_000);

async function newStream(): Promise<string> {
  return (await system.call('ingest', 'POST', '/v1/workflows', { name: 'subscribed' })).body.id;
}

/** What the gateway has counted under a name with a cause. */
async function counted(metric: string, cause: string): Promise<number> {
  const page = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(new RegExp(`^${metric}{[^}]*cause="${cause}"[^}]*} (\\d+)`, 'm').exec(page)?.[1] ?? 0);
}

describe('subscribers who do not read', () => {
  it('at all, at 1 KiB a second, or because they are gone, are cut at the bound and counted; others notice nothing', async () => {
    const before = await counted('runnel_gateway_cuts_total', 'slow');
    const traffic = await Traffic.start({ system, perSecond: 40, padding: 100 * KIB, listeners: 4 });
    closers.push(() => traffic.stop());
    const roads = [await TcpProxy.open(gateway.url), await TcpProxy.open(gateway.url)];
    closers.push(() => Promise.all(roads.map((road) => road.close())));
    const [narrow, broken] = roads as [TcpProxy, TcpProxy];
    const hostile = [gateway.url, narrow.url, broken.url].map((url) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(`GET /pipelines/${traffic.stream}/sse?replay=0 HTTP/1.1\r\nHost: x\r\n\r\n`);
      closers.push(() => socket.destroy());
      return socket;
    });
    hostile[0]?.pause();
    for (const socket of hostile.slice(1)) socket.resume();
    await eventually('they are subscribed', async () => (await connections()) === 4 + hostile.length);
    narrow.throttle(KIB);
    broken.blackHole();
    await eventually(
      'all of them are cut',
      async () => (await counted('runnel_gateway_cuts_total', 'slow')) === before + hostile.length,
      60_000,
    );
    expect(await connections()).toBe(4);
    await traffic.expectPromisesKept();
    expect(traffic.listeners.map(({ connects }) => connects)).toEqual([1, 1, 1, 1]);
  }, 120_000);
});

describe('a gateway with 1,000 streams open that is told to end', () => {
  it('ends each of them at the end of a frame, one after the other, and exits with 0', async () => {
    const streams = await Promise.all(Array.from({ length: 20 }, newStream));
    const open = streams.flatMap((stream) =>
      Array.from({ length: 50 }, () => SseCapture.open(`${gateway.url}/pipelines/${stream}/sse`)),
    );
    const captures = await Promise.all(open);
    closers.push(() => captures.map((capture) => capture.close()));
    expect(await connections()).toBe(1_000);
    const ends: number[] = [];
    const ending = captures.map(async (capture) => {
      await capture.end(60_000);
      ends.push(performance.now());
    });
    const exited = gateway.stop();
    // Events go on meanwhile, to whoever is still there.
    const publishing = streams.map((stream) =>
      system.call('ingest', 'POST', `/v1/streams/${stream}/events`, { channel: 'c', payload: 'late' }),
    );
    for (const { status } of await Promise.all(publishing)) expect(status).toBe(201);
    await Promise.all(ending);
    expect(await exited).toBe(0);
    expect(captures.flatMap(({ failure }) => failure ?? [])).toEqual([]);
    expect(captures.filter(({ raw }) => !raw.endsWith('\n\n'))).toEqual([]);
    expect(Math.max(...ends) - Math.min(...ends)).toBeGreaterThan(DRAIN_MS / 3);
    expect(system.complaints()).toEqual([]);
    await gateway.restart();
    await ready(gateway.url);
  }, 120_000);
});

/** Subscriber connections that the gateway has. */
async function connections(): Promise<number> {
  const page = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/^runnel_gateway_connections(?:{[^}]*})? (\d+)/m.exec(page)?.[1]);
}
