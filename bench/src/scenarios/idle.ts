import { setTimeout as sleep } from 'node:timers/promises';
import { LoadClient } from '../client/load-client.js';
import { residentBytes, total } from '../measure/process-cost.js';
import { costOf, cpuOfAll } from '../measure/rounds.js';
import { median } from '../measure/stats.js';
import { startLineup, withEach } from '../servers/all-servers.js';
import type { BenchServer } from '../servers/server.js';
import { Feed } from './feed.js';
import type { Measurement, Scenario } from './scenario.js';

const FEW = 1_000;
const MANY = 10_000;
/** Seconds over which memory is looked at, once connections stand: the collector of garbage has its own pace. */
const SETTLE_S = { quick: 5, full: 8 };
/** Seconds over which CPU is counted: as long as it takes until each connection has had its heartbeat. */
const HEARTBEAT_S = 15;

export const idle: Scenario = {
  name: 'idle',
  title: 'Idle connections',
  minutes: { quick: 4, full: 5 },
  about:
    '10,000 connections to one stream on which nothing happens but heartbeats. Resident memory of all processes, what ' +
    'each connection beyond the first 1,000 adds.',
  figures: [
    { name: 'kibEach', title: 'KiB of resident memory for each connection', better: 'less', chart: true },
    {
      name: 'mibAt10000',
      title: 'MiB of all processes with 10,000 connections',
      better: 'less',
      chart: false,
    },
    {
      name: 'cpuShare',
      title: 'Share of a core that 10,000 idle connections take, %',
      better: 'less',
      chart: false,
    },
  ],
  settings: { connections: '{} connections' },
  async run({ servers, quick, say, failed }) {
    const measurements: Measurement[] = [];
    for (const name of servers) {
      // One after the other: 10,000 connections of each at once are more than a client machine needs to bear.
      const lineup = await startLineup([name], failed);
      try {
        const settleS = quick ? SETTLE_S.quick : SETTLE_S.full;
        const found = await withEach(lineup.servers, failed, (server) => measure(server, settleS));
        measurements.push(...found);
        for (const { figures } of found) say(`${name}: ${figures.kibEach?.toFixed(1)} KiB each`);
      } finally {
        await lineup.stop();
      }
    }
    return measurements;
  },
};

async function measure(server: BenchServer, settleS: number): Promise<Measurement> {
  const feed = new Feed(await server.openStream());
  await feed.send(1, 100);
  const open = (connections: number) =>
    LoadClient.open({ connections, addresses: [feed.stream.address], first: 1, eventsFirst: 1, server });
  const few = await open(FEW);
  const clients = [few];
  try {
    const before = await memory(server, settleS);
    clients.push(await open(MANY - FEW));
    const after = await memory(server, settleS);
    const cpu = await costOf(server.processes, () => sleep(HEARTBEAT_S * 1_000));
    for (const client of clients) await client.settle();
    const each = (after - before) / (MANY - FEW) / 1024;
    const cpuMs = cpuOfAll([{ cpu }]);
    return {
      server: server.name,
      settings: { connections: MANY },
      figures: {
        kibEach: each,
        mibAt10000: after / 1024 ** 2,
        cpuShare: total(cpu) / HEARTBEAT_S / 10,
      },
      rounds: [each],
      cpuMs,
    };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

/** What the processes keep in memory over some seconds, in bytes. */
async function memory({ processes }: BenchServer, seconds: number): Promise<number> {
  const looks: number[] = [];
  for (let n = 0; n < seconds; n += 1) {
    await sleep(1_000);
    looks.push(total(residentBytes(processes)));
  }
  return median(looks);
}
