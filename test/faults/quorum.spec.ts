import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { NatsClient, ready, SYSTEM_START_MS, type System, startSystem } from '#libs/testing';
import { expectUnready } from './readiness.js';
import { Traffic } from './traffic.js';

// Three nats-servers with three copies of everything, of which one dies, and then a second one.

type NatsServer = System['nats'][number];

let system: System;
let traffic: Traffic;

beforeAll(async () => {
  system = await startSystem({ natsServers: 3, gateways: 2 });
}, SYSTEM_START_MS);
afterAll(() => system?.stop(), 60_000);

afterEach(() => traffic?.stop(), 30_000);

describe('of three nats-servers', () => {
  it('the one that leads a stream can be killed: nothing confirmed is lost, and nobody sees a hole', async () => {
    traffic = await Traffic.start({ system, listeners: 2 });
    const leader = await leaderOf(traffic.stream);
    leader.kill('SIGKILL');
    await leader.exited;
    await traffic.flows(LEADER_MS);
    // The two that are left are as good as three.
    await Promise.all([system.auth, system.ingest, ...system.gateways].map(({ url }) => ready(url)));
    await leader.restart();
    await traffic.flows(LEADER_MS);
    await traffic.expectPromisesKept();
  }, 180_000);

  it('the one that leads the catalogue can be killed: whoever is told that ingest is ready can read', async () => {
    traffic = await Traffic.start({ system });
    const { ingest } = system;
    const leader = await leaderOfCatalogue();
    leader.kill('SIGKILL');
    await leader.exited;
    // What readiness found out before counts for half a second.
    await sleep(READINESS_MS);
    const read = async () => {
      await ready(ingest.url);
      const { status, body } = await system.call('ingest', 'GET', `/v1/streams/${traffic.stream}/events`);
      expect([status, body]).toEqual([200, expect.objectContaining({ data: expect.anything() })]);
    };
    await read();
    await leader.restart();
    await read();
    await traffic.flows(LEADER_MS);
    await traffic.expectPromisesKept();
  }, 180_000);

  it('one alone confirms nothing and answers 503 in time; with another one back, all goes on', async () => {
    traffic = await Traffic.start({ system, listeners: 2 });
    const leader = await leaderOf(traffic.stream);
    const others = system.nats.filter((server) => server !== leader);
    const dead = [leader, others[0] as NatsServer];
    for (const server of dead) server.kill('SIGKILL');
    await Promise.all(dead.map(({ exited }) => exited));
    await expectUnready([system.ingest]);
    const { acked } = traffic.publisher;
    const attempts = [
      system.call('ingest', 'POST', `/v1/streams/${traffic.stream}/events`, { channel: 'other', payload: 1 }),
      system.call('ingest', 'POST', '/v1/workflows', { name: 'without a quorum' }),
      system.call('ingest', 'POST', '/v1/sources', { type: 'http' }),
      system.call('auth', 'POST', '/v1/keys', { name: 'without a quorum', scopes: ['publish'] }),
    ];
    for (const { status } of await Promise.all(attempts)) expect(status).toBe(503);
    expect(traffic.publisher.acked).toBe(acked);
    expect(traffic.listeners.map(({ faults }) => faults)).toEqual(traffic.listeners.map(() => []));
    await dead[1]?.restart();
    await traffic.flows(LEADER_MS);
    await dead[0]?.restart();
    await traffic.flows(LEADER_MS);
    await traffic.expectPromisesKept();
  }, 180_000);
});

/** Milliseconds that a cluster may take until events flow again: the election of several leaders, one after the other. */
const LEADER_MS = 60_000;

/** Milliseconds for which `/readyz` may go by what it found out before, and some more. */
const READINESS_MS = 600;

/** The server that leads the JetStream stream where the events of a stream are. */
function leaderOf(stream: string): Promise<NatsServer> {
  return withClient(async (client) => {
    for (let shard = 0; ; shard += 1) {
      const filter = { subjects_filter: `events.${shard}.default.${stream}` };
      const info = await client.request(`$JS.API.STREAM.INFO.EVENTS_${shard}`, JSON.stringify(filter));
      if (info.error !== undefined) throw new Error(`No shard has ${stream}: ${info.error.description}`);
      if (info.state.subjects !== undefined) return leaderIn(info);
    }
  });
}

function leaderOfCatalogue(): Promise<NatsServer> {
  return withClient(async (client) =>
    leaderIn(await client.request('$JS.API.STREAM.INFO.KV_RUNNEL_CATALOGUE', '')),
  );
}

function leaderIn({ cluster }: { cluster?: { leader?: string } }): NatsServer {
  return system.nats[Number(cluster?.leader?.split('-').at(-1)) - 1] as NatsServer;
}

async function withClient<T>(work: (client: NatsClient) => Promise<T>): Promise<T> {
  const client = await NatsClient.open((system.nats[0] as NatsServer).url);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
