import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  callJson,
  eventually,
  NatsClient,
  ready,
  type ServiceProcess,
  SseCapture,
  SYSTEM_START_MS,
  type System,
  startSystem,
} from '#libs/testing';

// Two gateways and two replicas of ingest.

let system: System;
let first: ServiceProcess;
let second: ServiceProcess;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  system = await startSystem({ ingests: 2, gateways: 2 });
  [first, second] = system.gateways as [ServiceProcess, ServiceProcess];
}, SYSTEM_START_MS);
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => system.stop(), 60_000);

async function newStream(): Promise<string> {
  return (await system.call('ingest', 'POST', '/v1/workflows', { name: 'watched' })).body.id;
}

async function watch({ url }: ServiceProcess, stream: string, times = 1): Promise<SseCapture[]> {
  const address = `${url}/pipelines/${stream}/sse`;
  const captures = await Promise.all(Array.from({ length: times }, () => SseCapture.open(address)));
  closers.push(() => captures.map((capture) => capture.close()));
  return captures;
}

/** Waits until each replica of ingest counts so many subscribers, in its description of the stream and its list. */
async function counted(stream: string, subscribers: number): Promise<void> {
  for (const { url } of system.ingests) {
    const call = async (path: string) => (await callJson(url + path, 'GET', system.adminKey)).body;
    await eventually(
      `${subscribers} subscribers`,
      async () => (await call(`/v1/streams/${stream}`)).subscribers === subscribers,
      20_000,
    );
    const { data } = await call('/v1/streams');
    const listed = (data as { id: string; subscribers: number }[]).find(({ id }) => id === stream);
    expect(listed?.subscribers).toBe(subscribers);
  }
}

/** What is told of a stream on NATS. */
async function listen(stream: string): Promise<number[]> {
  const told: number[] = [];
  const client = await NatsClient.open(system.nats[0]?.url ?? '');
  closers.push(() => client.close());
  client.connection.subscribe(`presence.default.${stream}`, {
    callback: (_error, message) => void told.push(message.json<{ subscribers: number }>().subscribers),
  });
  await client.connection.flush();
  return told;
}

describe('the subscribers of a stream', () => {
  it('are counted over all gateways, and are gone with a gateway that is killed', async () => {
    const [both, one] = [await newStream(), await newStream()];
    const told = await listen(one);
    await counted(both, 0);
    await watch(first, both, 2);
    const [leaving] = await watch(second, both, 3);
    await watch(second, one);
    await counted(both, 5);
    await counted(one, 1);
    leaving?.close();
    await counted(both, 4);
    second.kill('SIGKILL');
    await counted(both, 2);
    await counted(one, 0);
    await second.restart();
    await ready(second.url);
    await watch(second, both);
    await counted(both, 3);
    await eventually('that nobody is left is told', () => told.at(-1) === 0, 20_000);
    expect([...new Set(told)]).toEqual([1, 0]);
  }, 60_000);

  it('are gone at once with a gateway that is stopped, and known to an ingest that has just started', async () => {
    const stream = await newStream();
    await watch(first, stream, 2);
    await watch(second, stream);
    await counted(stream, 3);
    const told = await listen(stream);
    await second.stop();
    await system.ingest.restart();
    await ready(system.ingest.url);
    await counted(stream, 2);
    await eventually('it tells what it has found', () => told.includes(2));
  }, 60_000);
});
