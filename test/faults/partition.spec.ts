import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  eventually,
  NumberListener,
  NumberPublisher,
  ready,
  type ServiceProcess,
  type System,
  startSystem,
  type TcpProxy,
} from '#libs/testing';
import { expectPromisesKept } from './promises.js';

// The network between the services and NATS goes bad, in every way that a proxy can bring about.

let system: System;
let services: ServiceProcess[];
let stream: string;
let publisher: NumberPublisher;
let listeners: NumberListener[];

beforeAll(async () => {
  system = await startSystem({ gateways: 2, proxied: true });
  services = [system.auth, system.ingest, ...system.gateways];
}, 60_000);
afterAll(() => system?.stop(), 60_000);

beforeEach(async () => {
  stream = (await system.call('ingest', 'POST', '/v1/workflows', { name: 'numbers' })).body.id;
  publisher = NumberPublisher.start({ url: system.ingest.url, key: system.adminKey, stream, perSecond: 200 });
  listeners = await Promise.all(
    system.gateways.map(({ url }) => NumberListener.open({ url, stream }).opened()),
  );
  await eventually('events flow', () => listeners.every(({ last }) => last > 20));
}, 60_000);
afterEach(async () => {
  await publisher?.stop();
  for (const listener of listeners) listener.close();
}, 30_000);

const links = () => services.map((service) => system.link(service));

/** What is confirmed and heard goes on after this moment. */
async function expectFlow(): Promise<void> {
  const { acked } = publisher;
  await eventually('events flow', () => listeners.every(({ last }) => last > acked + 10), 20_000);
}

async function expectUnready(which: readonly ServiceProcess[]): Promise<void> {
  for (const { url } of which) {
    await eventually(`${url} says that it is not ready`, async () => {
      const { status } = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(10_000) });
      return status === 503;
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  }
}

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
      await expectFlow();
      await Promise.all(services.map(({ url }) => ready(url)));
      await expectPromisesKept({ system, stream, publisher, listeners });
    },
    90_000,
  );

  it('that is slow or narrow is that and nothing else, and what takes too long is answered in time', async () => {
    for (const link of links()) link.delay(150);
    await expectFlow();
    // Whoever comes now is served too, from history and live.
    const late = NumberListener.open({ url: (system.gateways[0] as ServiceProcess).url, stream });
    listeners.push(await late.opened());
    await expectFlow();
    for (const link of links()) link.delay(1_000);
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
    await expectFlow();
    for (const link of links()) link.heal();
    await expectPromisesKept({ system, stream, publisher, listeners });
  }, 90_000);

  it('that swallows everything is noticed by all, and what follows is as if it had not been', async () => {
    for (const link of links()) link.blackHole();
    await expectUnready(services);
    // Longer than a lost connection takes to be noticed, so that both ends of that are covered.
    await eventually('it is given up', () => givenUp(system.ingest), 30_000);
    for (const link of links()) link.heal();
    await expectFlow();
    await Promise.all(services.map(({ url }) => ready(url)));
    await expectPromisesKept({ system, stream, publisher, listeners });
  }, 90_000);

  it('that swallows what one gateway hears leaves the others alone, and that one catches up or says what is gone', async () => {
    const [deaf, other] = system.gateways as [ServiceProcess, ServiceProcess];
    const [behind, ahead] = listeners as [NumberListener, NumberListener];
    system.link(deaf).blackHole(['toClient']);
    await expectUnready([deaf]);
    expect((await fetch(`${other.url}/readyz`)).status).toBe(200);
    const { last } = behind;
    // More than JetStream keeps for those who come back, so that a part is gone for good.
    await eventually('others go on', () => ahead.last > last + 600, 40_000);
    expect(behind.last).toBeLessThan(ahead.last - 500);
    system.link(deaf).heal();
    await eventually('it catches up', () => behind.last > last + 600, 20_000);
    await expectPromisesKept({ system, stream, publisher, listeners, gaps: 'allowed' });
    expect([ahead.gaps, ahead.connects]).toEqual([0, 1]);
  }, 90_000);
});

/** Whether a service has noticed that NATS cannot be reached, rather than only been left without answers. */
async function givenUp({ url }: ServiceProcess): Promise<boolean> {
  const { checks } = (await (await fetch(`${url}/readyz`)).json()) as {
    checks: Record<string, { status: string }>;
  };
  return checks.nats?.status === 'failed';
}
