import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newStreamId, presenceSubject, type StreamRef } from '#libs/contracts';
import { NatsLink } from '#libs/nats-connection';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { eventually } from '#libs/testing';
import { PresenceReporter } from './presence-reporter.js';
import { REPORTS } from './report.js';
import { SubscriberCounts } from './subscriber-counts.js';

// Gateways and replicas of ingest around a real nats-server.

/** Time passes faster here: what takes 6 s otherwise takes 2.4. */
const [TICK_MS, HEARTBEAT_MS] = [100, 500];

let server: NatsServer;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  server = await startNatsServer();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await server.stop();
});

async function newLink(): Promise<NatsLink> {
  const link = NatsLink.open({ url: server.url, name: 'spec' });
  closers.push(() => link.close());
  await link.whenUp();
  return link;
}

/** A gateway whose subscribers are numbers. */
async function newGateway() {
  const link = await newLink();
  const counts = new Map<StreamRef, number>();
  const reporter = new PresenceReporter(link, {
    counts: () => [...counts].map(([ref, subscribers]) => ({ ref, subscribers })),
    heartbeatMs: HEARTBEAT_MS,
  });
  closers.push(() => reporter.close());
  const set = (ref: StreamRef, subscribers: number) => {
    counts.set(ref, subscribers);
    reporter.changed(ref, subscribers);
  };
  return { link, reporter, set };
}

async function newCounts(): Promise<SubscriberCounts> {
  const counts = new SubscriberCounts(await newLink(), { tickMs: TICK_MS });
  closers.push(() => counts.close());
  return counts;
}

/** What is told of streams, as `<stream>:<subscribers>`. */
async function listen(subject: string): Promise<string[]> {
  const told: string[] = [];
  const link = await newLink();
  link.subscribe(subject, (message) => {
    told.push(`${message.subject.split('.')[2]}:${message.json<{ subscribers: number }>().subscribers}`);
  });
  await link.connection().flush();
  return told;
}

function newRef(): StreamRef {
  return { workspace: 'default', stream: newStreamId('workflow') };
}

const seen = (what: string, counts: SubscriberCounts, refs: StreamRef[], wanted: number[]) =>
  eventually(what, async () => String(await counts.of(refs)) === String(wanted), 20_000);

describe('subscriber counts', () => {
  it('add gateways up on every replica, whoever was there first', async () => {
    const [x, y] = [newRef(), newRef()];
    const early = await newCounts();
    const [a, b] = [await newGateway(), await newGateway()];
    a.set(x, 2);
    b.set(x, 3);
    b.set(y, 1);
    const late = await newCounts();
    for (const counts of [early, late]) {
      await seen('the sum', counts, [x, y, newRef()], [5, 1, 0]);
      expect(counts.gateways).toBe(2);
    }
    b.reporter.close();
    for (const counts of [early, late]) await seen('what is left', counts, [x, y], [2, 0]);
  }, 40_000);

  it('forget a gateway that has died without a word', async () => {
    const x = newRef();
    const counts = await newCounts();
    const [a, b] = [await newGateway(), await newGateway()];
    a.set(x, 2);
    b.set(x, 3);
    await seen('both', counts, [x], [5]);
    await b.link.close();
    await seen('the other one', counts, [x], [2]);
  }, 40_000);

  it('are unknown while NATS is away, and right again afterwards', async () => {
    const [x, y] = [newRef(), newRef()];
    const counts = await newCounts();
    const gateway = await newGateway();
    gateway.set(x, 2);
    await seen('the subscribers', counts, [x], [2]);
    server.kill('SIGKILL');
    await eventually('unknown', async () => (await counts.of([x])) === undefined);
    gateway.set(x, 0);
    gateway.set(y, 4);
    await server.restart();
    await seen('the subscribers of now', counts, [x, y], [0, 4]);
  }, 40_000);

  it('cost a few messages, however many come and go', async () => {
    const refs = Array.from({ length: 100 }, newRef);
    const gateway = await newGateway();
    const tap = await newLink();
    let reports = 0;
    const stop = tap.subscribe(REPORTS, () => {
      reports += 1;
    });
    await tap.connection().flush();
    const began = performance.now();
    for (let n = 0; n < 10_000; n += 1) {
      gateway.set(refs[n % 100] as StreamRef, n);
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const counts = await newCounts();
    await seen(
      'all of it',
      counts,
      refs,
      refs.map((_ref, n) => 9_900 + n),
    );
    stop();
    expect(reports).toBeGreaterThan(1);
    expect(reports).toBeLessThanOrEqual(10 + (performance.now() - began) / 250);
  }, 40_000);
});

describe('the first that comes and the last that leaves', () => {
  it('are told once over all gateways and replicas, and not when clients only reconnect', async () => {
    const [x, y] = [newRef(), newRef()];
    await newCounts();
    const counts = await newCounts();
    const told = await listen(presenceSubject(x));
    const [a, b] = [await newGateway(), await newGateway()];
    await eventually('both are known', () => counts.gateways === 2);
    a.set(x, 1);
    await eventually('the first', () => told.length > 0);
    b.set(x, 2);
    a.set(x, 0);
    b.set(x, 0);
    await seen('all have left', counts, [x], [0]);
    b.set(x, 1);
    b.set(y, 1);
    await seen('one is back', counts, [x, y], [1, 1]);
    b.set(x, 0);
    await eventually('the last', () => told.at(-1)?.endsWith(':0'), 20_000);
    // Two replicas may speak in the same moment: then it is told twice, which is allowed.
    expect([...new Set(told)]).toEqual([`${x.stream}:1`, `${x.stream}:0`]);
    expect(told.length).toBeLessThanOrEqual(4);
  }, 40_000);

  it('are told by a replica that was not there when they came or left', async () => {
    const [x, y] = [newRef(), newRef()];
    const gateway = await newGateway();
    gateway.set(x, 1);
    gateway.set(y, 0);
    const told = await listen('presence.default.*');
    await newCounts();
    await eventually('both', () => told.length >= 2, 20_000);
    expect(told.sort()).toEqual([`${x.stream}:1`, `${y.stream}:0`].sort());
  }, 40_000);
});
