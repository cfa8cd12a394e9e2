import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eventually,
  ready,
  type ServiceProcess,
  SseCapture,
  SYSTEM_START_MS,
  type System,
  startSystem,
} from '#libs/testing';
import { Delays } from './delays.js';
import { HostileReaders } from './hostile-readers.js';
import { Traffic } from './traffic.js';

// What subscribers do to a gateway, and what its end does to them.

const KIB = 1024;
const DRAIN_MS = 3_000;
/** Times that delays are measured before and after readers turn hostile, at the most, and events in each. */
const MAX_ROUNDS = 8;
const EVENTS = 40;
/** Milliseconds below which twice as long says nothing. */
const NOISE_MS = 50;

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

function isPromised({ alone, beside }: { alone: number; beside: number }): boolean {
  return beside < Math.max(2 * alone, NOISE_MS);
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
    const hostile = await HostileReaders.open(gateway.url, `/pipelines/${traffic.stream}/sse?replay=0`, 1);
    closers.push(() => hostile.close());
    await eventually('they are subscribed', async () => (await connections()) === 4 + hostile.size);
    hostile.turn();
    await eventually(
      'all of them are cut',
      async () => (await counted('runnel_gateway_cuts_total', 'slow')) === before + hostile.size,
      60_000,
    );
    expect(await connections()).toBe(4);
    await traffic.expectPromisesKept();
    expect(traffic.listeners.map(({ connects }) => connects)).toEqual([1, 1, 1, 1]);
  }, 120_000);

  it('cost others less than twice the time that an event takes, and the gateway no memory', async () => {
    const stream = await newStream();
    const delays = new Delays(system, stream, 'x'.repeat(64 * KIB));
    closers.push(() => delays.close());
    for (let n = 0; n < 4; n += 1) await delays.listen(gateway.url);
    await delays.p99(EVENTS);
    const memory = await residentBytes();
    const rounds: { alone: number; beside: number }[] = [];
    // What else a machine does makes some rounds slower; what the hostile ones do would be in each of them.
    while (rounds.length < MAX_ROUNDS && !rounds.some(isPromised)) {
      const before = await counted('runnel_gateway_cuts_total', 'slow');
      const hostile = await HostileReaders.open(gateway.url, `/pipelines/${stream}/sse?replay=0`, 1);
      closers.push(() => hostile.close());
      await eventually('they are subscribed', async () => (await connections()) === 4 + hostile.size);
      const alone = await delays.p99(EVENTS);
      hostile.turn();
      const beside = await delays.p99(
        EVENTS,
        async () => (await counted('runnel_gateway_cuts_total', 'slow')) === before + hostile.size,
      );
      rounds.push({ alone, beside });
      await hostile.close();
    }
    expect(rounds.filter(isPromised).length === 0 ? rounds : []).toEqual([]);
    expect((await residentBytes()) - memory).toBeLessThan(64 * KIB * KIB);
    expect(await connections()).toBe(4);
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

async function residentBytes(): Promise<number> {
  const page = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes(?:{[^}]*})? (\d+)/m.exec(page)?.[1]);
}

/** Subscriber connections that the gateway has. */
async function connections(): Promise<number> {
  const page = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/^runnel_gateway_connections(?:{[^}]*})? (\d+)/m.exec(page)?.[1]);
}
