import { EventLog } from '#libs/event-log';
import { LoadClient } from '../client/load-client.js';
import { costOf, cpuOfAll } from '../measure/rounds.js';
import { median } from '../measure/stats.js';
import { makePayload, nowUs } from '../payload.js';
import { RunnelServer } from '../servers/runnel.js';
import type { BenchStream } from '../servers/server.js';
import { Feed } from './feed.js';
import type { BenchContext, Measurement, Scenario } from './scenario.js';

/** Streams that are kept, and how many of them are measured; each is opened once, since it is warm afterwards. */
const STREAMS = { quick: { all: 1_000, measured: 100 }, full: { all: 10_000, measured: 500 } };
const ROUNDS = 5;
/** As a cluster has them by itself. */
const SHARDS = 64;
/** Events that are being stored at once: a log refuses what would wait for seconds. */
const AT_ONCE = 500;
const HISTORY = 100;
const SIZE = 1_024;

export const connectCold: Scenario = {
  name: 'connect-cold',
  title: 'Connects with replay, stream cold',
  minutes: { quick: 0.5, full: 2.5 },
  about:
    '10,000 streams (with --quick 1,000) keep 100 events of 1 KiB each, stored in turns, so that the events of a ' +
    'stream lie far apart. A connection to a stream that nobody watches makes the gateway read its history from NATS.',
  figures: [
    { name: 'natsMs', title: 'CPU of nats-server for a connect, ms', better: 'less', chart: true },
    { name: 'allMs', title: 'CPU of all processes for a connect, ms', better: 'less', chart: false },
  ],
  settings: { shards: '{} shards', streams: '{} streams' },
  async run(context) {
    return [await measure(context, SHARDS)];
  },
};

async function measure({ quick, say }: BenchContext, shards: number): Promise<Measurement> {
  const { all, measured } = quick ? STREAMS.quick : STREAMS.full;
  const server = await RunnelServer.start({ RUNNEL_SHARDS: String(shards) });
  try {
    const streams = await server.openStreams(measured);
    await store(server, streams, all - measured);
    say(`${all * HISTORY} events are stored in ${shards} shards`);
    const share = measured / ROUNDS;
    const rounds = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      rounds.push({ cpu: await connect(server, streams.slice(n * share, (n + 1) * share)), done: share });
    }
    const natsMs = rounds.map(({ cpu, done }) => (cpu['nats-server'] ?? 0) / done);
    const sum = cpuOfAll(rounds);
    say(`${median(natsMs).toFixed(2)} ms of nats-server a connect`);
    return {
      server: 'runnel',
      settings: { shards, streams: all },
      figures: {
        natsMs: median(natsMs),
        allMs: Object.values(sum).reduce((ms, each) => ms + each, 0) / measured,
      },
      rounds: natsMs,
      cpuMs: sum,
    };
  } finally {
    await server.stop();
  }
}

/** Stores an event of each stream in turn, until each has its history. */
async function store(server: RunnelServer, streams: readonly BenchStream[], fillers: number): Promise<void> {
  const log = new EventLog({ url: server.natsUrl, name: 'bench' });
  const refs = Array.from({ length: fillers }, (_, n) => ({ workspace: 'bench', stream: `p_filler${n}` }));
  const feeds = streams.map((stream) => new Feed(stream));
  try {
    // They are there already: this waits for the connection.
    await log.provision({ shards: 1, replicas: 1 });
    for (let n = 1; n <= HISTORY; n += 1) {
      const payload = Buffer.from(makePayload(n, nowUs(), SIZE));
      for (let from = 0; from < refs.length; from += AT_ONCE) {
        const some = refs.slice(from, from + AT_ONCE);
        await Promise.all(some.map((ref) => log.append(ref, [{ channel: 'bench', payload }])));
      }
      await Promise.all(feeds.map((feed) => feed.send(1, SIZE)));
    }
  } finally {
    await log.close();
  }
}

async function connect({ processes }: RunnelServer, streams: readonly BenchStream[]) {
  let client: LoadClient | undefined;
  const cpu = await costOf(processes, async () => {
    client = await LoadClient.open({
      connections: streams.length,
      addresses: streams.map(({ address }) => address),
      first: 1,
      eventsFirst: HISTORY,
      atOnce: 4,
    });
  });
  await client?.close();
  return cpu;
}
