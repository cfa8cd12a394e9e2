import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newApiKey } from '#libs/access';
import {
  callJson,
  eventually,
  freeze,
  type NumberListener,
  ready,
  type ServiceProcess,
  SYSTEM_START_MS,
  type System,
  startSystem,
  TcpProxy,
} from '#libs/testing';
import { expectUnready, isReady } from './readiness.js';
import { Traffic } from './traffic.js';

// Processes die, freeze and come back while events are published and heard.

let system: System;
let nats: System['nats'][number];
let services: ServiceProcess[];
let traffic: Traffic;

/**
 * What has a service block its event loop for 3 s when it gets a SIGWINCH, and say so before and after: nothing else
 * of the process is stopped, so NATS and clients are still answered by the kernel.
 */
const BLOCKABLE = `
  import { writeSync } from 'node:fs';
  process.on('SIGWINCH', () => {
    writeSync(2, 'blocked\\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
    setImmediate(() => writeSync(2, 'blocked no more\\n'));
  });
`;

beforeAll(async () => {
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(BLOCKABLE)}` };
  system = await startSystem({ gateways: 2, env });
  nats = system.nats[0] as System['nats'][number];
  services = [system.auth, system.ingest, ...system.gateways];
}, SYSTEM_START_MS);
afterAll(() => system?.stop(), 60_000);

afterEach(() => traffic?.stop(), 30_000);

async function begin(options: { patient?: boolean } = {}): Promise<void> {
  traffic = await Traffic.start({ system, visibility: 'private', listeners: 3, ...options });
}

const allReady = () => Promise.all(services.map(({ url }) => ready(url)));

describe('under load, kill -9', () => {
  it('of nats-server loses nothing that was confirmed, and shows nobody a hole', async () => {
    await begin();
    for (let round = 0; round < 2; round += 1) {
      nats.kill('SIGKILL');
      await expectUnready(services);
      await nats.restart();
      await traffic.flows();
    }
    await allReady();
    await traffic.expectPromisesKept();
  }, 120_000);

  it('of ingest loses no confirmed event and stores none twice', async () => {
    await begin();
    for (let round = 0; round < 2; round += 1) {
      await system.ingest.restart();
      await ready(system.ingest.url);
      await traffic.flows();
    }
    await traffic.expectPromisesKept();
  }, 120_000);

  it('of a gateway costs its subscribers nothing but a reconnect, and those of the other one nothing', async () => {
    await begin({ patient: true });
    const { url } = system.gateways[0] as ServiceProcess;
    await (system.gateways[0] as ServiceProcess).restart();
    await ready(url);
    await traffic.flows();
    await traffic.expectPromisesKept();
    const stayed = traffic.listeners.slice(3);
    expect(stayed.map(({ connects }) => connects)).toEqual([1, 1, 1]);
  }, 120_000);

  it('of everything at once loses nothing that was confirmed', async () => {
    await begin({ patient: true });
    for (const service of services) service.kill('SIGKILL');
    nats.kill('SIGKILL');
    await nats.restart();
    await Promise.all(services.map((service) => service.restart()));
    await allReady();
    await traffic.flows();
    await traffic.expectPromisesKept();
  }, 120_000);
});

describe('auth', () => {
  it('can be away: open streams go on, known keys are good, and unknown ones are not refused but told to wait', async () => {
    await begin();
    const stranger = (await system.call('auth', 'POST', '/v1/keys', { name: 's', scopes: ['manage'] })).body
      .key;
    system.auth.kill('SIGKILL');
    await system.auth.exited();
    await traffic.flows();
    // Known to this gateway, also on a new connection.
    await traffic.listen((system.gateways[0] as ServiceProcess).url);
    for (const key of [stranger, newApiKey()]) {
      expect((await callJson(`${system.ingest.url}/v1/streams`, 'GET', key)).status).toBe(503);
    }
    expect((await callJson(`${system.ingest.url}/v1/streams`, 'GET', 'rnl_nonsense')).status).toBe(401);
    await system.auth.restart();
    await ready(system.auth.url);
    expect((await callJson(`${system.ingest.url}/v1/streams`, 'GET', stranger)).status).toBe(200);
    await traffic.flows();
    await traffic.expectPromisesKept();
  }, 90_000);

  it('can be frozen, which is no different', async () => {
    await begin();
    await freeze(system.auth.pid);
    await traffic.flows();
    expect((await callJson(`${system.ingest.url}/v1/streams`, 'GET', newApiKey())).status).toBe(503);
    system.auth.kill('SIGCONT');
    await ready(system.auth.url);
    await traffic.expectPromisesKept();
  }, 90_000);
});

describe('nats-server', () => {
  it('frozen in the middle of publishing is answered 503, and a retry with the same key stores once', async () => {
    await begin();
    await freeze(nats.pid);
    const begun = performance.now();
    const event = { channel: 'once', payload: 'x', id: 'frozen' };
    const path = `/v1/streams/${traffic.stream}/events`;
    const first = await system.call('ingest', 'POST', path, event);
    expect([first.status, performance.now() - begun < 10_000]).toEqual([503, true]);
    await expectUnready(services);
    nats.kill('SIGCONT');
    await traffic.publisher.stop();
    const [a, b] = await eventually('it is stored', async () => {
      const answers = [
        await system.call('ingest', 'POST', path, event),
        await system.call('ingest', 'POST', path, event),
      ];
      return answers.every(({ status }) => status === 201) && answers.map(({ body }) => body.events[0]);
    });
    expect(b).toEqual({ id: a.id, duplicate: true });
    const { body } = await system.call('ingest', 'GET', `${path}?limit=100&channel=once`);
    expect(body.data).toHaveLength(1);
  }, 60_000);

  it('stopped and gone for a while is waited for: nobody is lost, and nothing has to be restarted', async () => {
    await begin();
    const [gateway] = system.gateways as [ServiceProcess, ServiceProcess];
    const road = await TcpProxy.open(gateway.url);
    const roaming = await traffic.listen(road.url);
    await traffic.flows();
    nats.kill('SIGKILL');
    const back = performance.now() + OUTAGE_MS;
    await expectUnready(services);
    // Whoever loses the connection now is let in again, and waits on it.
    road.reset();
    await eventually('it is back', () => roaming.connects === 2, 20_000);
    while (performance.now() < back) {
      for (const service of services) expect(await isReady(service)).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await nats.restart();
    await traffic.flows();
    await allReady();
    await traffic.expectPromisesKept();
    expect(traffic.listeners.map(({ connects }) => connects).filter((connects) => connects > 1)).toEqual([2]);
    await road.close();
  }, 180_000);
});

describe('a gateway', () => {
  it('that has just started while NATS is away holds its subscribers, and serves them as soon as it can', async () => {
    await begin();
    await traffic.stop();
    const [gateway] = system.gateways as [ServiceProcess, ServiceProcess];
    await gateway.stop();
    nats.kill('SIGKILL');
    await gateway.restart();
    const listening = traffic.listen(gateway.url);
    await expectUnready([gateway]);
    await nats.restart();
    const listener: NumberListener = await listening;
    await eventually('it has the history', () => listener.last === traffic.publisher.acked - 1);
    expect([listener.hole, listener.faults, listener.connects]).toEqual([undefined, [], 1]);
  }, 60_000);
});

describe('a service whose event loop is', () => {
  it('stalled for 3 seconds goes on where it was', async () => {
    await begin();
    for (const service of [system.gateways[0] as ServiceProcess, system.ingest]) {
      const blocked = linesOf(service);
      service.kill('SIGWINCH');
      await eventually('its loop is blocked', () => linesOf(service) > blocked);
      await eventually('its loop turns again', () => linesOf(service) === blocked + 2);
      await traffic.flows();
    }
    await traffic.expectPromisesKept();
    expect(traffic.listeners.every(({ connects }) => connects === 1)).toBe(true);
  }, 60_000);
});

describe('ingest', () => {
  it('killed between the ack and its answer has stored the event: a retry is answered with the same id', async () => {
    await begin();
    const road = await TcpProxy.open(system.ingest.url);
    road.blackHole(['toClient']);
    const path = `/v1/streams/${traffic.stream}/events`;
    const event = { channel: 'once', payload: 'x', id: 'unanswered' };
    const unanswered = callJson(road.url + path, 'POST', system.adminKey, event).catch(() => 'no answer');
    const stored = await eventually('it is stored', async () => {
      const { body } = await system.call('ingest', 'GET', `${path}?limit=1&channel=once`);
      return body.data[0];
    });
    await system.ingest.restart();
    await road.close();
    expect(await unanswered).toBe('no answer');
    await ready(system.ingest.url);
    const retry = await system.call('ingest', 'POST', path, event);
    expect(retry.body.events).toEqual([{ id: stored.id, duplicate: true }]);
  }, 60_000);
});

/** Times that a service has said that its loop is blocked, and that it no longer is. */
function linesOf({ output }: ServiceProcess): number {
  return output.join('\n').match(/^blocked/gm)?.length ?? 0;
}

/** Milliseconds that NATS is away. A minute in the nightly run; less by default, since nothing differs but the wait. */
const OUTAGE_MS = Number(process.env.RUNNEL_TEST_OUTAGE_MS ?? 15_000);
