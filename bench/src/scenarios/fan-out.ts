import { LoadClient } from '../client/load-client.js';
import { cpuMs, difference, total } from '../measure/process-cost.js';
import { cpuOfAll, delivering, inTurns, perCpuSecond, type Round } from '../measure/rounds.js';
import { median } from '../measure/stats.js';
import { startLineup, withEach } from '../servers/all-servers.js';
import type { BenchServer } from '../servers/server.js';
import { Feed } from './feed.js';
import type { BenchContext, Measurement, Scenario } from './scenario.js';
import { warmUp } from './warm-up.js';

const CONNECTIONS = [100, 1_000, 5_000];
const SIZES = [100, 1_024];

/** How events are published: this many a request, and this many requests one after the other's answer. */
const PUBLISHING = [
  { publishing: 'alone', burst: 1, inRow: 1 },
  { publishing: 'in a row', burst: 1, inRow: 32 },
  { publishing: '16 at once', burst: 16, inRow: 1 },
  { publishing: '64 at once', burst: 64, inRow: 1 },
] as const;

/** Milliseconds of the server's CPU that a round takes at the least, as ticks are 10 ms. */
const ROUND_CPU_MS = { quick: 250, full: 500 };
/** Milliseconds after which a round ends in any case, once all have got what was sent. */
const ROUND_MS = 2_000;
const ROUNDS = { quick: 3, full: 4 };
/** Milliseconds after which a server gets no more rounds of one setting: a burst to 5,000 takes some of them 10 s. */
const BUDGET_MS = 5_000;

export const fanOut: Scenario = {
  name: 'fan-out',
  title: 'Fan-out',
  minutes: { quick: 6, full: 10 },
  about:
    'N connections to one stream. `alone`: an event is published when all connections have got the one before, so no ' +
    'server can save anything. `in a row`: 32 events, each when the one before was accepted. `16 at once`, `64 at ' +
    'once`: that many handed over without waiting, in one request where the server takes several. Every server has ' +
    'taken some thousand events before.',
  figures: [
    {
      name: 'perCpuSecond',
      title: 'Deliveries per CPU second of all processes',
      better: 'more',
      chart: true,
    },
    {
      name: 'perDeliveringCpuSecond',
      title:
        'Deliveries per CPU second of gateway and nats-server, without Runnel’s ingest and auth and pushpin’s origin',
      better: 'more',
      chart: false,
    },
  ],
  settings: { publishing: '{}', connections: '{} connections', size: '{} bytes' },
  chartBy: 'publishing',
  async run(context) {
    const lineup = await startLineup(context.servers, context.failed);
    try {
      const warm = await withEach(lineup.servers, context.failed, async (server) => {
        await warmUp(server, context.quick);
        return server;
      });
      const measurements: Measurement[] = [];
      for (const connections of context.connections ?? CONNECTIONS) {
        measurements.push(...(await measureAll(context, warm, connections)));
      }
      return measurements;
    } finally {
      await lineup.stop();
    }
  },
};

interface Party {
  readonly server: BenchServer;
  readonly client: LoadClient;
  readonly feed: Feed;
}

type Setting = (typeof PUBLISHING)[number] & { readonly connections: number; readonly size: number };

async function measureAll(
  context: BenchContext,
  servers: readonly BenchServer[],
  connections: number,
): Promise<Measurement[]> {
  const parties = await withEach(servers, context.failed, async (server): Promise<Party> => {
    const feed = new Feed(await server.openStream());
    const client = await LoadClient.open({ connections, addresses: [feed.stream.address], first: 1, server });
    return { server, client, feed };
  });
  try {
    const measurements: Measurement[] = [];
    const left = new Set(parties);
    for (const size of context.sizes ?? SIZES) {
      for (const publishing of PUBLISHING) {
        const setting = { ...publishing, connections, size };
        measurements.push(...(await measure(context, left, setting)));
      }
    }
    return measurements;
  } finally {
    await Promise.all(parties.map(({ client }) => client.close()));
  }
}

/** @param parties those that are left; one that fails is taken out, since nobody knows what its clients have got */
async function measure(
  { quick, say, failed }: BenchContext,
  parties: Set<Party>,
  setting: Setting,
): Promise<Measurement[]> {
  const cpu = quick ? ROUND_CPU_MS.quick : ROUND_CPU_MS.full;
  const turns = {
    rounds: quick ? ROUNDS.quick : ROUNDS.full,
    budgetMs: BUDGET_MS,
    onFailure: (party: Party, error: unknown) => {
      parties.delete(party);
      failed(`${party.server.name} (${labelOf(setting)})`, error);
    },
  };
  const results = await inTurns([...parties], turns, (party) => playRound(party, setting, cpu));
  return [...results].map(([{ server }, played]) => {
    const measurement = summary(server.name, setting, played);
    const figure = Math.round(measurement.figures.perCpuSecond ?? 0).toLocaleString('en-US');
    say(`${labelOf(setting)}: ${server.name} ${figure} deliveries per CPU second`);
    return measurement;
  });
}

function labelOf({ publishing, connections, size }: Setting): string {
  return `${publishing}, N=${connections}, ${size} B`;
}

async function playRound(
  { server, client, feed }: Party,
  { connections, size, burst, inRow }: Setting,
  roundCpuMs: number,
): Promise<Round> {
  const before = cpuMs(server.processes);
  const deadline = performance.now() + ROUND_MS;
  const sendAll = async () => {
    for (let n = 0; n < inRow; n += 1) await feed.send(burst, size);
  };
  let turns = 0;
  let cpu = before;
  let untilLook = 1;
  do {
    for (let n = 0; n < untilLook; n += 1) await Promise.all([sendAll(), client.receive(burst * inRow)]);
    turns += untilLook;
    cpu = difference(cpuMs(server.processes), before);
    // A look costs some milliseconds, though not of the server: not after each of the short turns.
    const turnMs = (total(cpu) || 10) / turns;
    untilLook = Math.max(1, Math.min(64, Math.round(roundCpuMs / turnMs / 10)));
  } while (total(cpu) < roundCpuMs && performance.now() < deadline);
  await client.settle();
  return { done: turns * inRow * burst * connections, cpu };
}

function summary(server: string, setting: Setting, rounds: readonly Round[]): Measurement {
  const { publishing, connections, size } = setting;
  const all = perCpuSecond(rounds);
  return {
    server,
    settings: { publishing, connections, size },
    figures: {
      perCpuSecond: median(all),
      perDeliveringCpuSecond: median(perCpuSecond(rounds, delivering)),
    },
    rounds: all,
    cpuMs: cpuOfAll(rounds),
  };
}
