import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eventually,
  NumberListener,
  NumberPublisher,
  ready,
  type ServiceProcess,
  type System,
  startSystem,
} from '#libs/testing';

let system: System;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  system = await startSystem({ gateways: 2 });
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
afterAll(() => system.stop(), 60_000);

async function newStream(visibility = 'public'): Promise<string> {
  return (await system.call('ingest', 'POST', '/v1/workflows', { name: 'kills', visibility })).body.id;
}

/** Publishes 50 numbers a second, and waits for listeners that are away. */
function publish(stream: string, ...waitsFor: NumberListener[]): NumberPublisher {
  const { ingest, adminKey: key } = system;
  const publisher = NumberPublisher.start({ url: ingest.url, key, stream, waitsFor });
  closers.push(() => publisher.stop());
  return publisher;
}

function listen({ url }: ServiceProcess, stream: string): NumberListener {
  const listener = NumberListener.open({ url, stream, key: system.adminKey });
  closers.push(() => listener.close());
  return listener;
}

/** Everything that was published, once and in order, without a gap. */
async function expectAll({ acked }: NumberPublisher, ...listeners: NumberListener[]): Promise<void> {
  await eventually('all have arrived', () => listeners.every(({ last }) => last >= acked - 1));
  for (const { runs } of listeners) expect(runs).toEqual([upTo(acked)]);
}

const upTo = (end: number) => Array.from({ length: end }, (_, n) => n);

describe('under load, killing', () => {
  it('ingest loses no confirmed event and stores none twice', async () => {
    const stream = await newStream();
    const listener = await listen(system.gateways[0] as ServiceProcess, stream).opened();
    const publisher = publish(stream, listener);
    for (const reached of [10, 25]) {
      await eventually('events flow', () => publisher.acked > reached);
      await system.ingest.restart();
      await ready(system.ingest.url);
    }
    await eventually('events flow again', () => publisher.acked > 50);
    await publisher.stop();
    await expectAll(publisher, listener);
  });

  it('a gateway costs its subscribers nothing but a reconnect, and those of the other one nothing', async () => {
    const stream = await newStream();
    const [killed, other] = system.gateways as [ServiceProcess, ServiceProcess];
    const [moved, stayed] = [await listen(killed, stream).opened(), await listen(other, stream).opened()];
    const publisher = publish(stream, moved, stayed);
    await eventually('events flow', () => moved.last > 10 && stayed.last > 10);
    await killed.restart();
    await eventually('they come back', () => moved.last > 100 && stayed.last > 100, 40_000);
    await publisher.stop();
    await expectAll(publisher, moved, stayed);
    expect([moved.connects, stayed.connects]).toEqual([2, 1]);
  });

  it('auth ends no stream, and known keys go on working', async () => {
    const stream = await newStream('private');
    const listener = await listen(system.gateways[0] as ServiceProcess, stream).opened();
    const publisher = publish(stream, listener);
    await eventually('events flow', () => listener.last > 10);
    system.auth.kill('SIGKILL');
    await system.auth.exited();
    const before = publisher.acked;
    await eventually('events flow on', () => publisher.acked > before + 15);
    const unknown = await fetch(`${system.ingest.url}/v1/streams`, {
      headers: { authorization: 'Bearer rnl_nonsense' },
    });
    expect(unknown.status).toBe(401);
    await system.auth.restart();
    await ready(system.auth.url);
    await publisher.stop();
    await expectAll(publisher, listener);
    expect(listener.connects).toBe(1);
  });
});

describe('while the message system is away', () => {
  it('a gateway that has just started holds its subscribers, and serves them as soon as it can', async () => {
    const stream = await newStream();
    const nats = system.nats[0] as System['nats'][number];
    const gateway = system.gateways[0] as ServiceProcess;
    await gateway.stop();
    nats.kill('SIGKILL');
    await gateway.restart();
    const listener = listen(gateway, stream);
    const asked = fetch(`${gateway.url}/pipelines/${stream}/sse?replay=0`);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    await nats.restart();
    const answer = await asked;
    expect([answer.status, listener.last]).toEqual([200, -1]);
    await answer.body?.cancel();
    const publisher = publish(stream, listener);
    await eventually('events flow', () => listener.last > 5);
    await publisher.stop();
    await expectAll(publisher, listener);
  });
});
