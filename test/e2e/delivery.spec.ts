import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, ready, SseCapture, type System, type SystemOptions, startSystem } from '#libs/testing';

let system: System | undefined;
afterEach(async () => {
  await system?.stop();
  system = undefined;
}, 60_000);

async function start(options: SystemOptions): Promise<{ system: System; stream: string }> {
  system = await startSystem(options);
  const { body } = await system.call('ingest', 'POST', '/v1/workflows', { name: 'numbers' });
  return { system, stream: body.id };
}

/**
 * Publishes the numbers from 0 on, each with its own key, until told to stop; a number that was not confirmed is
 * sent again with the same key before the next, as a careful publisher does.
 */
function publishNumbers({ ingest, adminKey }: System, stream: string, perSecond: number) {
  let stopped = false;
  let acked = 0;
  const batch = Math.max(1, Math.round(perSecond / 50));
  const publishing = (async () => {
    const begun = performance.now();
    while (!stopped) {
      const events = Array.from({ length: batch }, (_, n) => ({
        channel: 'n',
        payload: acked + n,
        id: `n${acked + n}`,
      }));
      const response = await fetch(`${ingest.url}/v1/streams/${stream}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(events),
      }).catch(() => undefined);
      if (response?.status === 201) acked += batch;
      else if (response !== undefined && response.status !== 503)
        throw new Error(`Refused with ${response.status}`);
      const due = (acked / perSecond) * 1_000 - (performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, response?.status === 201 ? Math.max(0, due) : 50));
    }
  })();
  return {
    get acked() {
      return acked;
    },
    async stop() {
      stopped = true;
      await publishing;
      return acked;
    },
  };
}

/** What one subscriber saw must be whole: n, n + 1, n + 2 … and no gap event. */
function expectContiguous({ events }: SseCapture): void {
  const numbers = events.map(({ event, data }) => (event === 'n' ? Number(data) : Number.NaN));
  const first = numbers[0] ?? Number.NaN;
  const wrongAt = numbers.findIndex((number, index) => number !== first + index);
  expect(wrongAt === -1 ? 'whole' : numbers.slice(Math.max(0, wrongAt - 3), wrongAt + 3)).toBe('whole');
}

async function joinAtRandom(
  gateways: readonly { url: string }[],
  stream: string,
  count: number,
  overMs: number,
) {
  const joined: SseCapture[] = [];
  await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * overMs));
      const { url } = gateways[n % gateways.length] as { url: string };
      joined.push(await SseCapture.open(`${url}/pipelines/${stream}/sse`));
    }),
  );
  return joined;
}

async function expectAllWhole(subscribers: readonly SseCapture[], last: number): Promise<void> {
  await eventually(
    'everybody has the last event',
    () => subscribers.every(({ events }) => events.at(-1)?.data === String(last)),
    40_000,
  );
  for (const subscriber of subscribers) expectContiguous(subscriber);
  for (const subscriber of subscribers) subscriber.close();
}

describe('200 subscribers that join at random moments while 500 events a second are published', () => {
  it('each see one contiguous run, over two gateways that serve the stream alike', async () => {
    const { system, stream } = await start({ gateways: 2 });
    const publisher = publishNumbers(system, stream, 500);
    const subscribers = await joinAtRandom(system.gateways, stream, 200, 3_000);
    await expectAllWhole(subscribers, (await publisher.stop()) - 1);
  }, 90_000);

  it('each see one contiguous run on a cluster of three with three copies, gateway beside another server', async () => {
    const { system, stream } = await start({ natsServers: 3, gateways: 2 });
    const publisher = publishNumbers(system, stream, 500);
    const subscribers = await joinAtRandom(system.gateways, stream, 200, 3_000);
    await expectAllWhole(subscribers, (await publisher.stop()) - 1);
  }, 120_000);
});

describe('nats-server', () => {
  it('can be killed and come back: no acked event is lost, and nobody sees a hole', async () => {
    const { system, stream } = await start({});
    const publisher = publishNumbers(system, stream, 100);
    const subscribers = await joinAtRandom(system.gateways, stream, 20, 500);
    const [nats] = system.nats;
    for (let round = 0; round < 2; round += 1) {
      await eventually('events flow', () => publisher.acked > (round + 1) * 60);
      nats?.kill('SIGKILL');
      await eventually('its death is noticed', async () => !(await fetch(`${system.ingest.url}/readyz`)).ok);
      await nats?.restart();
      await ready(system.ingest.url);
    }
    const before = publisher.acked;
    await eventually('events flow again', () => publisher.acked > before + 50, 40_000);
    await expectAllWhole(subscribers, (await publisher.stop()) - 1);
  }, 120_000);
});
