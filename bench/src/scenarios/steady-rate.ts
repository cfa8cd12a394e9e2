import { setTimeout as sleep } from 'node:timers/promises';
import { LoadClient } from '../client/load-client.js';
import { total } from '../measure/process-cost.js';
import { costOf, cpuOfAll, inTurns } from '../measure/rounds.js';
import { median } from '../measure/stats.js';
import { startLineup, withEach } from '../servers/all-servers.js';
import type { BenchServer } from '../servers/server.js';
import { Feed } from './feed.js';
import type { BenchContext, Measurement, Scenario } from './scenario.js';
import { warmUp } from './warm-up.js';

const ROUND_S = { quick: 3, full: 5 };
const ROUNDS = { quick: 2, full: 3 };

/** A rate at which events are published, whatever the server makes of it. */
interface Pace {
  readonly connections: number;
  readonly eventsPerSecond: number;
  /** Bytes of a payload. */
  readonly size: number;
}

const FIGURES = [
  { name: 'p99Ms', title: '99 % of the deliveries took at most … ms', better: 'less', chart: true },
  { name: 'p50Ms', title: 'Half of the deliveries took at most … ms', better: 'less', chart: false },
  { name: 'cpuUsPerEvent', title: 'CPU of all processes for each event, µs', better: 'less', chart: false },
] as const;

const SETTINGS = {
  connections: '{} connections',
  eventsPerSecond: '{} events a second',
  size: '{} bytes',
};

export const latency: Scenario = {
  name: 'latency',
  title: 'Latency at a steady rate',
  minutes: { quick: 1.5, full: 2.5 },
  about:
    '1,000 connections to one stream, 20 events a second: 20,000 deliveries a second. From the moment before an ' +
    'event is handed to the server until a client has read it, over all connections.',
  figures: FIGURES,
  settings: SETTINGS,
  run: (context) => measureAll(context, { connections: 1_000, eventsPerSecond: 20, size: 100 }),
};

export const wholePath: Scenario = {
  name: 'whole-path',
  title: 'The whole path of an event',
  minutes: { quick: 1.5, full: 2.5 },
  about:
    'Publisher → HTTP → storage → client: one event of 1 KiB a request, 100 a second, to 10 connections, so that ' +
    'what an event costs before it is delivered shows. The peers store nothing on a disk.',
  figures: FIGURES,
  settings: SETTINGS,
  run: (context) => measureAll(context, { connections: 10, eventsPerSecond: 100, size: 1_024 }),
};

interface Party {
  readonly server: BenchServer;
  readonly client: LoadClient;
  readonly feed: Feed;
}

async function measureAll({ servers, quick, say, failed }: BenchContext, pace: Pace): Promise<Measurement[]> {
  const lineup = await startLineup(servers, failed);
  const parties = await withEach(lineup.servers, failed, async (server): Promise<Party> => {
    await warmUp(server, quick);
    const feed = new Feed(await server.openStream());
    const { connections } = pace;
    const client = await LoadClient.open({ connections, addresses: [feed.stream.address], first: 1, server });
    return { server, client, feed };
  });
  try {
    const seconds = quick ? ROUND_S.quick : ROUND_S.full;
    const turns = {
      rounds: quick ? ROUNDS.quick : ROUNDS.full,
      onFailure: ({ server }: Party, error: unknown) => failed(server.name, error),
    };
    const results = await inTurns(parties, turns, (party) => play(party, pace, seconds));
    return [...results].map(([{ server }, played]) => {
      const medianOf = (figure: 'p99Ms' | 'p50Ms' | 'cpuUsPerEvent') =>
        median(played.map((round) => round[figure]));
      say(`${server.name}: p50 ${medianOf('p50Ms').toFixed(1)} ms, p99 ${medianOf('p99Ms').toFixed(1)} ms`);
      return {
        server: server.name,
        settings: { ...pace },
        figures: {
          p99Ms: medianOf('p99Ms'),
          p50Ms: medianOf('p50Ms'),
          cpuUsPerEvent: medianOf('cpuUsPerEvent'),
        },
        rounds: played.map(({ p99Ms }) => p99Ms),
        cpuMs: cpuOfAll(played),
      };
    });
  } finally {
    await Promise.all(parties.map(({ client }) => client.close()));
    await lineup.stop();
  }
}

async function play({ server, client, feed }: Party, { eventsPerSecond, size }: Pace, seconds: number) {
  const events = seconds * eventsPerSecond;
  client.latencyUs.clear();
  const cpu = await costOf(server.processes, async () => {
    const start = performance.now();
    const sent: Promise<void>[] = [];
    for (let n = 0; n < events; n += 1) {
      // By the clock and not after the last one: a slow server must not be asked for less.
      await sleep(Math.max(0, start + (n * 1_000) / eventsPerSecond - performance.now()));
      sent.push(feed.send(1, size));
    }
    await Promise.all([...sent, client.receive(events)]);
  });
  await client.settle();
  const { latencyUs } = client;
  return {
    p99Ms: latencyUs.quantile(0.99) / 1_000,
    p50Ms: latencyUs.quantile(0.5) / 1_000,
    cpuUsPerEvent: (total(cpu) * 1_000) / events,
    cpu,
  };
}
