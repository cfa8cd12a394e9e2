import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import {
  type Answer,
  eventually,
  ready,
  ServiceProcess,
  SseCapture,
  Standalone,
  SYSTEM_START_MS,
  type System,
  startSystem,
} from '#libs/testing';
import { NumberFeed } from './number-feed.js';

/** Seconds in which a source must have stopped. */
const BOUND_S = 5;

let system: System;
/** Two more, beside the one of the system. */
const ingests: ServiceProcess[] = [];
let feed: NumberFeed;
let nats: NatsConnection;
const open: SseCapture[] = [];

beforeAll(async () => {
  const env = { RUNNEL_ALLOW_PRIVATE_FEEDS: '1' };
  system = await startSystem({ env });
  const more = { ...env, NATS_URL: system.nats[0]?.url ?? '', RUNNEL_SHARDS: '4', RUNNEL_DRAIN_MS: '1000' };
  for (let n = 0; n < 2; n += 1) ingests.push(await ServiceProcess.start('ingest', more));
  await Promise.all(ingests.map(({ url, output }) => ready(url, output)));
  feed = await NumberFeed.start();
  nats = await connect({ servers: system.nats[0]?.url ?? '' });
}, SYSTEM_START_MS);

afterEach(() => {
  for (const capture of open.splice(0)) capture.close();
});

afterAll(async () => {
  feed?.stop();
  await nats?.close();
  // While a timer and a subject are theirs, so that stopping in the middle of work is what is tested.
  await deploy({ type: 'timer', interval_seconds: 1 });
  await deploy({ type: 'nats', subject: 'at.the.end' });
  expect(await Promise.all(ingests.map((ingest) => ingest.stop()))).toEqual([0, 0]);
  await system?.stop();
}, 60_000);

async function deploy(body: object): Promise<{ id: string; endpoint: string }> {
  const answer: Answer = await system.call('ingest', 'POST', '/v1/sources', body);
  expect(answer.status).toBe(201);
  return answer.body;
}

const change = (id: string, body: object) => system.call('ingest', 'PUT', `/v1/sources/${id}`, body);
const described = async (id: string) => (await system.call('ingest', 'GET', `/v1/sources/${id}`)).body;

/** Listens to a source as its users do. */
async function listen(id: string): Promise<SseCapture> {
  const url = `${system.gateways[0]?.url}/sources/${id}/sse`;
  const capture = await SseCapture.open(url, { authorization: `Bearer ${system.adminKey}` });
  open.push(capture);
  return capture;
}

const secondsOf = ({ values }: SseCapture) =>
  (values as { timestamp: number }[]).map(({ timestamp }) => timestamp);
const idsOf = ({ values }: SseCapture) =>
  (values as { id: string }[]).map(({ id }) => Number(id.replace('urn:item:', '')));

function expectEverySecond(seconds: readonly number[]): void {
  expect(seconds).toEqual(seconds.map((_second, index) => (seconds[0] ?? 0) + index));
}

describe('a timer on three ingest processes', () => {
  it('makes one event a tick, and goes on when one of them is killed', async () => {
    const { id } = await deploy({ type: 'timer', interval_seconds: 1 });
    const capture = await listen(id);
    await capture.count(3);
    ingests[0]?.kill('SIGKILL');
    await ingests[0]?.exited();
    await capture.count(6);
    expectEverySecond(secondsOf(capture));
    await ingests[0]?.restart();
    await ready(ingests[0]?.url ?? '');
    await capture.count(8);
    expectEverySecond(secondsOf(capture));
    await system.call('ingest', 'DELETE', `/v1/sources/${id}`);
  }, 90_000);

  it('stops within 5 s of its deactivation, and starts again when it is activated', async () => {
    const { id } = await deploy({ type: 'timer', cron: '* * * * * *', timezone: 'Europe/Berlin' });
    const capture = await listen(id);
    const [first] = await capture.count(2);
    expect(JSON.parse(first?.data ?? '')).toMatchObject({ cron: '* * * * * *', timezone: 'Europe/Berlin' });
    await change(id, { active: false });
    const deactivatedAt = Date.now() / 1_000;
    await eventually('it is silent', () => Date.now() / 1_000 > (secondsOf(capture).at(-1) ?? 0) + 3, 10_000);
    expect(secondsOf(capture).at(-1)).toBeLessThan(deactivatedAt + BOUND_S);
    const { length } = capture.events;
    await change(id, { active: true });
    const activatedAt = Date.now() / 1_000;
    await capture.count(length + 2);
    expect(secondsOf(capture)[length]).toBeGreaterThan(activatedAt - 1);
    await system.call('ingest', 'DELETE', `/v1/sources/${id}`);
  }, 60_000);
});

describe('an rss source on three ingest processes', () => {
  it('makes one event of each item over restarts, by conditional requests', async () => {
    feed.numbers = [2, 1];
    const { id } = await deploy({ type: 'rss', url: feed.url, interval_seconds: 15 });
    const capture = await listen(id);
    await capture.count(2);
    const kept = await new Kvm(nats).open('RUNNEL_SOURCE_STATE');
    await eventually('the look is over', async () =>
      (await kept.get(`feed.${id}`))?.string().includes('checkedAt'),
    );
    const { length } = feed.asked;
    feed.numbers = [4, 3, 2];
    await Promise.all([system.ingest.restart(), ...ingests.map((ingest) => ingest.restart())]);
    await ready(system.ingest.url);
    await eventually('the new items', () => capture.events.length === 4, 60_000);
    expect(idsOf(capture)).toEqual([1, 2, 3, 4]);
    expect(feed.asked[length]).toMatchObject({ 'if-none-match': '"2,1"' });
    const late = await listen(id);
    await late.count(4);
    expect(idsOf(late)).toEqual([1, 2, 3, 4]);
    await system.call('ingest', 'DELETE', `/v1/sources/${id}`);
  }, 120_000);
});

describe('a nats source on three ingest processes', () => {
  it('makes one event of each message that its wildcard takes in', async () => {
    const { id } = await deploy({ type: 'nats', subject: 'shop.*.orders.>' });
    const capture = await listen(id);
    await eventually('somebody listens', () => {
      nats.publish('shop.knock.orders.x', 'knock');
      return capture.events.length > 0;
    });
    const numbers = Array.from({ length: 50 }, (_, n) => n);
    for (const n of numbers) nats.publish('shop.berlin.orders.paid', JSON.stringify({ n }));
    nats.publish('shop.berlin.returns', '"another subject"');
    nats.publish('shop.berlin.orders.end', '"end"');
    await eventually('the end', () => capture.raw.includes('orders.end'));
    const numbersSeen = () =>
      (capture.values as { subject: string; data: { n: number } }[])
        .filter(({ subject }) => subject.endsWith('.paid'))
        .map(({ data }) => data.n);
    await eventually('all of them', () => numbersSeen().length >= numbers.length);
    expect(numbersSeen().sort((a, b) => a - b)).toEqual(numbers);
    expect(capture.raw).not.toContain('another subject');
    await system.call('ingest', 'DELETE', `/v1/sources/${id}`);
  }, 60_000);

  it("may not listen to what is Runnel's own", async () => {
    for (const subject of ['>', 'events.>', 'live.>', '$KV.>', '_INBOX.>', 'runnel.logs.*']) {
      const answer = await system.call('ingest', 'POST', '/v1/sources', { type: 'nats', subject });
      expect([subject, answer.status, answer.body.errors[0].field]).toEqual([subject, 400, 'subject']);
    }
  });
});

describe('a webhook signed as GitHub signs', () => {
  const secret = 'shared with GitHub';
  const sign = (body: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

  it('is stored once for each delivery, and refused when it is not signed', async () => {
    const source = await deploy({
      type: 'http',
      signature: { type: 'github', secret },
      dedupe: 'unique',
      dedupe_id: '/headers/x-github-delivery',
    });
    const { pathname } = new URL(source.endpoint);
    const capture = await listen(source.id);
    const send = async (delivery: string, body: string, signature: string, to: ServiceProcess) => {
      const headers = { 'x-hub-signature-256': signature, 'x-github-delivery': delivery };
      return (await fetch(to.url + pathname, { method: 'POST', body, headers })).status;
    };
    const [other = system.ingest] = ingests;
    expect(await send('1', 'one', sign('one'), system.ingest)).toBe(200);
    expect(await send('1', 'one', sign('one'), other)).toBe(200);
    expect(await send('2', 'two', sign('one'), other)).toBe(401);
    expect((await described(source.id)).signature).toEqual({ type: 'github' });
    await eventually('the refusal is told', async () =>
      /does not match/.test((await described(source.id)).last_error?.message ?? ''),
    );
    expect(await send('2', 'two', sign('two'), system.ingest)).toBe(200);
    await capture.count(2);
    expect((capture.values as { bodyRaw: string }[]).map(({ bodyRaw }) => bodyRaw)).toEqual(['one', 'two']);
  }, 30_000);
});

describe('standalone', () => {
  it('runs sources too, tells what they do, and refuses feeds on this machine by itself', async () => {
    const standalone = await Standalone.start();
    try {
      const { body: source } = await standalone.call('POST', '/v1/sources', {
        type: 'timer',
        interval_seconds: 1,
      });
      const headers = { authorization: `Bearer ${standalone.adminKey}` };
      const log = await standalone.subscribe(`/sources/${source.id}/logs/sse`, headers);
      const events = await standalone.subscribe(`/sources/${source.id}/sse`, headers);
      open.push(log, events);
      await events.count(2);
      expectEverySecond(secondsOf(events));
      await eventually('a tick is logged', () => log.raw.includes('Tick '));
      const refused = await standalone.call('POST', '/v1/sources', { type: 'rss', url: feed.url });
      expect([refused.status, refused.body.errors[0].field]).toEqual([400, 'url']);
    } finally {
      // The log is still being followed.
      expect(await standalone.stop()).toBe(0);
    }
  }, 60_000);
});
