import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  callJson,
  eventually,
  type NumberListener,
  ready,
  type ServiceProcess,
  SseCapture,
  SYSTEM_START_MS,
  type System,
  startSystem,
  type TcpProxy,
  withoutSubjects,
} from '#libs/testing';
import { expectUnready, failedChecks, isReady } from './readiness.js';
import { Traffic } from './traffic.js';

// The network between the services and NATS goes bad, in every way that a proxy can bring about.

let system: System;
let services: ServiceProcess[];
let traffic: Traffic;
/** Where the revocation of a key is announced to everybody who may remember it. */
const ACCESS_REVOKED = 'runnel.access.revoked';
/** Subjects whose messages reach no service. */
const lost = new Set<string>();

beforeAll(async () => {
  system = await startSystem({
    gateways: 2,
    proxied: { toClient: () => withoutSubjects((subject) => lost.has(subject)) },
  });
  services = [system.auth, system.ingest, ...system.gateways];
}, SYSTEM_START_MS);
afterAll(() => system?.stop(), 60_000);

beforeEach(async () => {
  traffic = await Traffic.start({ system, perSecond: 200 });
}, 60_000);
afterEach(() => traffic?.stop(), 30_000);

const links = () => services.map((service) => system.link(service));

describe('a network to NATS', () => {
  const passing: [string, (link: TcpProxy) => void][] = [
    ['breaks off', (link) => link.reset()],
    ['ends what the services send', (link) => link.halfClose('toServer')],
    ['ends what the services hear', (link) => link.halfClose('toClient')],
  ];
  it.each(passing)(
    'that %s, in the middle of everything, costs nobody an event',
    async (_what, harm) => {
      for (const harmed of links()) harm(harmed);
      await traffic.flows();
      await Promise.all(services.map(({ url }) => ready(url)));
      await traffic.expectPromisesKept();
    },
    90_000,
  );

  it('that is slow or narrow is that and nothing else, and what takes too long is answered in time', async () => {
    for (const link of links()) link.lag(150);
    await traffic.flows();
    // Whoever comes now is served too, from history and live.
    await traffic.listen((system.gateways[0] as ServiceProcess).url);
    await traffic.flows();
    for (const link of links()) link.lag(1_000);
    const answers = await Promise.all([
      system.call('ingest', 'POST', '/v1/workflows', { name: 'far away' }),
      system.call('ingest', 'GET', '/v1/streams'),
      system.call('auth', 'POST', '/v1/keys', { name: 'far away', scopes: ['publish'] }),
    ]);
    for (const { status } of answers) expect([200, 201, 503]).toContain(status);
    for (const link of links()) {
      link.heal();
      link.throttle(128 * 1024);
    }
    await traffic.flows();
    for (const link of links()) link.heal();
    await traffic.expectPromisesKept();
  }, 90_000);

  it('that swallows everything is noticed by all, and what follows is as if it had not been', async () => {
    for (const link of links()) link.blackHole();
    await expectUnready(services);
    // Longer than a lost connection takes to be noticed, so that both ends of that are covered.
    await eventually('it is given up', () => hasGivenUp(system.ingest), 30_000);
    for (const link of links()) link.heal();
    await traffic.flows();
    await Promise.all(services.map(({ url }) => ready(url)));
    await traffic.expectPromisesKept();
  }, 90_000);

  it('that swallows what one gateway hears leaves the others alone, and that one catches up or says what is gone', async () => {
    const [deaf, other] = system.gateways as [ServiceProcess, ServiceProcess];
    const [behind, ahead] = traffic.listeners as [NumberListener, NumberListener];
    system.link(deaf).blackHole(['toClient']);
    await expectUnready([deaf]);
    expect(await isReady(other)).toBe(true);
    const { last } = behind;
    // More than JetStream keeps for those who come back, so that a part is gone for good.
    await eventually('others go on', () => ahead.last > last + 600, 40_000);
    expect(behind.last).toBeLessThan(ahead.last - 500);
    system.link(deaf).heal();
    await eventually('it catches up', () => behind.last > last + 600, 20_000);
    await traffic.expectPromisesKept({ gaps: 'allowed' });
    expect([ahead.gaps, ahead.connects]).toEqual([0, 1]);
  }, 90_000);
});

describe('the connection for live events', () => {
  it('lost alone takes its gateway out of service until it is back, and costs its subscribers nothing', async () => {
    const [gateway, other] = system.gateways as [ServiceProcess, ServiceProcess];
    const link = system.link(gateway);
    link.refuse();
    link.reset('gateway live');
    await eventually('readiness names it', async () => (await failedChecks(gateway)).includes('live events'));
    expect(await failedChecks(gateway)).toEqual(['live events']);
    expect(await isReady(other)).toBe(true);
    link.heal();
    await ready(gateway.url);
    await traffic.flows();
    await traffic.expectPromisesKept();
  }, 90_000);
});

describe('a connection for reading history', () => {
  it('lost alone is named by readiness, and what is asked meanwhile is read over the other', async () => {
    const link = system.link(system.ingest);
    link.refuse();
    link.reset('ingest replay 0');
    await eventually('readiness names it', async () =>
      (await failedChecks(system.ingest)).includes('history'),
    );
    expect(await failedChecks(system.ingest)).toEqual(['history']);
    for (let n = 0; n < 4; n += 1) {
      const { status } = await system.call('ingest', 'GET', `/v1/streams/${traffic.stream}/events`);
      expect(status).toBe(200);
    }
    link.heal();
    await ready(system.ingest.url);
    await traffic.expectPromisesKept();
  }, 90_000);
});

describe('a network that loses the announcement of a revocation', () => {
  it('keeps no revoked key alive: its connections end within 5 s, and it is refused everywhere', async () => {
    const fields = { name: 'to be revoked', scopes: ['subscribe', 'publish', 'manage'] };
    const { id, key } = (await system.call('auth', 'POST', '/v1/keys', fields)).body;
    const authorization = `Bearer ${key}`;
    const source = (await system.call('ingest', 'POST', '/v1/sources', { type: 'http' })).body.id;
    const path = `/sources/${source}/sse`;
    const open = system.gateways.map(({ url }) => SseCapture.open(url + path, { authorization }));
    const captures = await Promise.all(open);
    expect((await callJson(`${system.ingest.url}/v1/streams`, 'GET', key)).status).toBe(200);
    lost.add(ACCESS_REVOKED);
    try {
      expect((await system.call('auth', 'DELETE', `/v1/keys/${id}`)).status).toBe(204);
      await Promise.all(captures.map((capture) => capture.end(5_000)));
      for (const { events } of captures) expect(events.at(-1)?.data).toBe('{"reason":"access-revoked"}');
      for (const { url } of system.gateways) {
        expect((await SseCapture.open(url + path, { authorization })).status).toBe(401);
      }
      const { url } = system.ingest;
      await eventually(
        'ingest asks again',
        async () => (await callJson(`${url}/v1/streams`, 'GET', key)).status === 401,
        5_000,
      );
    } finally {
      lost.clear();
    }
    await traffic.expectPromisesKept();
  }, 60_000);
});

/** Whether a service has noticed that NATS cannot be reached, rather than only been left without answers. */
async function hasGivenUp(service: ServiceProcess): Promise<boolean> {
  return (await failedChecks(service)).includes('nats');
}
