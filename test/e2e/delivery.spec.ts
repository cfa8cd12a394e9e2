import { afterEach, describe, expect, it } from '@jest/globals';
import {
  eventually,
  type NumberEvent,
  NumberPublisher,
  SseCapture,
  type System,
  type SystemOptions,
  startSystem,
} from '#libs/testing';

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

function publish({ ingest, adminKey: key }: System, stream: string, perSecond: number): NumberPublisher {
  return NumberPublisher.start({ url: ingest.url, key, stream, perSecond });
}

const numberIn = (data: string) => (JSON.parse(data) as Partial<NumberEvent>).n;

/** What one subscriber saw must be whole: n, n + 1, n + 2 … and no gap event. */
function expectContiguous({ events }: SseCapture): void {
  const numbers = events.map(({ event, data }) => (event === 'n' ? numberIn(data) : Number.NaN));
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
    () => subscribers.every(({ events }) => numberIn(events.at(-1)?.data ?? '{}') === last),
    40_000,
  );
  for (const subscriber of subscribers) expectContiguous(subscriber);
  for (const subscriber of subscribers) subscriber.close();
}

describe('200 subscribers that join at random moments while 500 events a second are published', () => {
  it('each see one contiguous run, over two gateways that serve the stream alike', async () => {
    const { system, stream } = await start({ gateways: 2 });
    const publisher = publish(system, stream, 500);
    const subscribers = await joinAtRandom(system.gateways, stream, 200, 3_000);
    await expectAllWhole(subscribers, (await publisher.stop()) - 1);
  }, 90_000);

  it('each see one contiguous run on a cluster of three with three copies, gateway beside another server', async () => {
    const { system, stream } = await start({ natsServers: 3, gateways: 2 });
    const publisher = publish(system, stream, 500);
    const subscribers = await joinAtRandom(system.gateways, stream, 200, 3_000);
    await expectAllWhole(subscribers, (await publisher.stop()) - 1);
  }, 120_000);
});
