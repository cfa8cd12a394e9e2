import { LoadClient } from '../client/load-client.js';
import { type CpuByRole, cpuMs, difference, total } from '../measure/process-cost.js';
import { median } from '../measure/stats.js';
import { startLineup } from '../servers/all-servers.js';
import type { BenchServer } from '../servers/server.js';
import { Feed } from './feed.js';
import type { BenchContext, Measurement, Scenario } from './scenario.js';

const CONNECTIONS = [100, 1_000, 5_000];
const SIZES = [100, 1_024];
const BURSTS = [1, 16, 64];

/** Milliseconds of the server's CPU that a round takes at the least, as ticks are 10 ms. */
const ROUND_CPU_MS = { quick: 250, full: 600 };
/** Milliseconds after which a round ends in any case. */
const ROUND_MS = 8_000;
const ROUNDS = { quick: 3, full: 5 };

export const fanOut: Scenario = {
  name: 'fan-out',
  title: 'Fan-out',
  about:
    'N connections to one stream. The next event, or the next burst in one request, is published when all have ' +
    'got the one before.',
  figures: [
    {
      name: 'perCpuSecond',
      title: 'Deliveries per CPU second of all processes',
      better: 'more',
      chart: true,
    },
    {
      name: 'perDeliveringCpuSecond',
      title: 'Deliveries per CPU second without Runnel’s ingest and auth: of gateway and nats-server',
      better: 'more',
      chart: false,
    },
  ],
  settings: { connections: '{} connections', size: '{} bytes', burst: 'bursts of {}' },
  chartBy: 'burst',
  async run(context) {
    const lineup = await startLineup(context.servers);
    try {
      const measurements: Measurement[] = [];
      for (const connections of context.connections ?? CONNECTIONS) {
        measurements.push(...(await measureAll(context, lineup.servers, connections)));
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

interface Setting {
  readonly connections: number;
  readonly size: number;
  readonly burst: number;
}

interface Round {
  readonly deliveries: number;
  readonly cpu: CpuByRole;
}

async function measureAll(
  context: BenchContext,
  servers: readonly BenchServer[],
  connections: number,
): Promise<Measurement[]> {
  const parties: Party[] = [];
  try {
    for (const server of servers) {
      const feed = new Feed(await server.openStream());
      const client = await LoadClient.open({ connections, addresses: [feed.stream.address], first: 1 });
      parties.push({ server, client, feed });
    }
    const measurements: Measurement[] = [];
    for (const size of context.sizes ?? SIZES) {
      for (const burst of context.bursts ?? BURSTS) {
        measurements.push(...(await measure(context, parties, { connections, size, burst })));
      }
    }
    return measurements;
  } finally {
    await Promise.all(parties.map(({ client }) => client.close()));
  }
}

async function measure(
  { quick, say }: BenchContext,
  parties: readonly Party[],
  setting: Setting,
): Promise<Measurement[]> {
  const rounds = new Map<Party, Round[]>(parties.map((party) => [party, []]));
  const roundCpuMs = quick ? ROUND_CPU_MS.quick : ROUND_CPU_MS.full;
  for (const party of parties) await playRound(party, setting, roundCpuMs / 4);
  // In turns, so that what else the machine does meets all of them alike.
  for (let n = 0; n < (quick ? ROUNDS.quick : ROUNDS.full); n += 1) {
    for (const party of parties) rounds.get(party)?.push(await playRound(party, setting, roundCpuMs));
  }
  return parties.map((party) => {
    const measurement = summary(party.server.name, setting, rounds.get(party) ?? []);
    const { perCpuSecond = 0 } = measurement.figures;
    say(
      `N=${setting.connections} ${setting.size} B burst ${setting.burst}: ${party.server.name} ` +
        `${Math.round(perCpuSecond).toLocaleString('en')} deliveries per CPU second`,
    );
    return measurement;
  });
}

async function playRound(
  { server, client, feed }: Party,
  { connections, size, burst }: Setting,
  roundCpuMs: number,
): Promise<Round> {
  const before = cpuMs(server.processes);
  const deadline = performance.now() + ROUND_MS;
  let events = 0;
  let cpu = before;
  let look = 1;
  do {
    for (let n = 0; n < look; n += 1) {
      await Promise.all([feed.send(burst, size), client.receive(burst)]);
      events += burst;
    }
    cpu = difference(cpuMs(server.processes), before);
    // Looking costs a millisecond or two: not after each of the cheap ones.
    look = Math.max(1, Math.min(64, Math.round(((roundCpuMs / (total(cpu) || 10)) * (events / burst)) / 10)));
  } while (total(cpu) < roundCpuMs && performance.now() < deadline);
  await client.settle();
  return { deliveries: events * connections, cpu };
}

function summary(server: string, setting: Setting, rounds: readonly Round[]): Measurement {
  const perSecond = (cpuOf: (cpu: CpuByRole) => number) =>
    rounds.map(({ deliveries, cpu }) => deliveries / (cpuOf(cpu) / 1_000));
  const all = perSecond(total);
  // Who publishes through NATS, or on another machine, does not have these two beside the gateway.
  const deliveringOnly = perSecond((cpu) => total(cpu) - (cpu.ingest ?? 0) - (cpu.auth ?? 0));
  const cpu: Record<string, number> = {};
  for (const round of rounds) {
    for (const [role, ms] of Object.entries(round.cpu)) cpu[role] = (cpu[role] ?? 0) + ms;
  }
  return {
    server,
    settings: { ...setting },
    figures: { perCpuSecond: median(all), perDeliveringCpuSecond: median(deliveringOnly) },
    rounds: all,
    cpuMs: cpu,
  };
}
