import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import { eventually, ready, type ServiceProcess, type System, startSystem } from '#libs/testing';

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

/** Milliseconds between two events. */
const PACE_MS = 20;
/** Events by which the publisher may be ahead of a listener: fewer than are kept, however long it is away. */
const MAX_AHEAD = 60;

/**
 * Publishes numbers one after another, each with its own id, and again until it is confirmed; never so fast that a
 * listener which is away would miss some for good.
 */
function publishNumbers(stream: string, ...listeners: readonly (readonly number[])[]) {
  const state = { next: 0, stopped: false };
  const running = (async () => {
    while (!state.stopped) {
      if (listeners.every(({ length }) => state.next - length < MAX_AHEAD)) {
        const event = { channel: 'n', payload: state.next, id: String(state.next) };
        const answer = await system
          .call('ingest', 'POST', `/v1/streams/${stream}/events`, event)
          .catch(() => undefined);
        if (answer?.status === 201) state.next += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
  })();
  const stop = async () => {
    state.stopped = true;
    await running;
    return state.next;
  };
  closers.push(stop);
  return { state, stop };
}

function listen({ url }: ServiceProcess, stream: string) {
  const numbers: number[] = [];
  const source = new EventSource(`${url}/pipelines/${stream}/sse`, {
    fetch: (input, init) =>
      fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${system.adminKey}` } }),
  });
  source.addEventListener('n', ({ data }) => numbers.push(Number(data)));
  closers.push(() => source.close());
  return numbers;
}

const upTo = (end: number) => Array.from({ length: end }, (_, n) => n);

describe('under load, killing', () => {
  it('ingest loses no confirmed event and stores none twice', async () => {
    const stream = await newStream();
    const numbers = listen(system.gateways[0] as ServiceProcess, stream);
    const { state, stop } = publishNumbers(stream, numbers);
    for (const reached of [10, 25]) {
      await eventually('events flow', () => state.next > reached);
      await system.ingest.restart();
      await ready(system.ingest.url);
    }
    await eventually('events flow again', () => state.next > 50);
    const total = await stop();
    await eventually('all have arrived', () => numbers.length >= total);
    expect(numbers).toEqual(upTo(total));
  }, 60_000);

  it('a gateway costs its subscribers nothing but a reconnect, and those of the other one nothing', async () => {
    const stream = await newStream();
    const [killed, other] = system.gateways as [ServiceProcess, ServiceProcess];
    const [moved, stayed] = [listen(killed, stream), listen(other, stream)];
    const { state, stop } = publishNumbers(stream, moved, stayed);
    await eventually('events flow', () => state.next > 20 && moved.length > 10 && stayed.length > 10);
    await killed.restart();
    await eventually('they come back', () => moved.length > 100 && stayed.length > 100, 40_000);
    const total = await stop();
    await eventually('all have arrived', () => moved.length >= total && stayed.length >= total);
    expect(stayed).toEqual(upTo(total));
    expect(moved).toEqual(upTo(total));
  }, 60_000);

  it('auth ends no stream, and known keys go on working', async () => {
    const stream = await newStream('private');
    const numbers = listen(system.gateways[0] as ServiceProcess, stream);
    const { state, stop } = publishNumbers(stream, numbers);
    await eventually('events flow', () => numbers.length > 10);
    system.auth.kill('SIGKILL');
    await system.auth.exited();
    const before = state.next;
    await eventually('events flow on', () => state.next > before + 15);
    const unknown = await fetch(`${system.ingest.url}/v1/streams`, {
      headers: { authorization: 'Bearer rnl_nonsense' },
    });
    expect(unknown.status).toBe(401);
    await system.auth.restart();
    await ready(system.auth.url);
    const total = await stop();
    await eventually('all have arrived', () => numbers.length >= total);
    expect(numbers).toEqual(upTo(total));
  }, 60_000);
});

describe('while the message system is away', () => {
  it('a gateway that has just started holds its subscribers, and serves them as soon as it can', async () => {
    const stream = await newStream();
    const nats = system.nats[0] as System['nats'][number];
    const gateway = system.gateways[0] as ServiceProcess;
    await gateway.stop();
    nats.kill('SIGKILL');
    await gateway.restart();
    const numbers = listen(gateway, stream);
    const asked = fetch(`${gateway.url}/pipelines/${stream}/sse?replay=0`);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    await nats.restart();
    const answer = await asked;
    expect([answer.status, numbers]).toEqual([200, []]);
    await answer.body?.cancel();
    const { stop } = publishNumbers(stream, numbers);
    await eventually('events flow', () => numbers.length > 5);
    await stop();
  }, 60_000);
});
