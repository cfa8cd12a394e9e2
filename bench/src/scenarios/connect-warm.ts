import { LoadClient } from '../client/load-client.js';
import { costOf, cpuOfAll, inTurns, perCpuSecond } from '../measure/rounds.js';
import { median } from '../measure/stats.js';
import { startLineup, withEach } from '../servers/all-servers.js';
import type { BenchServer } from '../servers/server.js';
import { Feed } from './feed.js';
import type { Measurement, Scenario } from './scenario.js';

const CONNECTIONS = { quick: 500, full: 2_000 };
const ROUNDS = { quick: 3, full: 4 };
const HISTORY = 100;
const SIZE = 1_024;

export const connectWarm: Scenario = {
  name: 'connect-warm',
  title: 'Connects with replay, stream warm',
  minutes: { quick: 1, full: 2 },
  about:
    'A stream keeps 100 events of 1 KiB. Connections are opened, 20 at once; each counts when it has got all 100 in ' +
    'order. Runnel checks an API key for each and asks auth; the peers let everybody in.',
  figures: [
    { name: 'perCpuSecond', title: 'Connects per CPU second of all processes', better: 'more', chart: true },
  ],
  settings: { connections: '{} connects a round' },
  async run({ servers, quick, connections, say, failed }) {
    const count = connections?.[0] ?? (quick ? CONNECTIONS.quick : CONNECTIONS.full);
    const lineup = await startLineup(servers, failed);
    try {
      const parties = await withEach(lineup.servers, failed, async (server): Promise<Party> => {
        const feed = new Feed(await server.openStream());
        await feed.send(HISTORY, SIZE);
        return { server, feed };
      });
      const turns = {
        rounds: quick ? ROUNDS.quick : ROUNDS.full,
        onFailure: ({ server }: Party, error: unknown) => failed(server.name, error),
      };
      const results = await inTurns(parties, turns, (party) => play(party, count));
      return [...results].map(([{ server }, played]): Measurement => {
        const all = perCpuSecond(played);
        say(`${server.name}: ${Math.round(median(all))} connects per CPU second`);
        return {
          server: server.name,
          settings: { connections: count },
          figures: { perCpuSecond: median(all) },
          rounds: all,
          cpuMs: cpuOfAll(played),
        };
      });
    } finally {
      await lineup.stop();
    }
  },
};

interface Party {
  readonly server: BenchServer;
  readonly feed: Feed;
}

async function play({ server, feed }: Party, connections: number) {
  let client: LoadClient | undefined;
  const cpu = await costOf(server.processes, async () => {
    client = await LoadClient.open({
      connections,
      addresses: [feed.stream.address],
      first: feed.count - HISTORY + 1,
      eventsFirst: HISTORY,
      atOnce: 20,
      server,
    });
  });
  await client?.close();
  return { done: connections, cpu };
}
