import { setImmediate as turn } from 'node:timers/promises';
import type { StreamRef } from '#libs/contracts';
import { EventLog } from '#libs/event-log';
import { LoadClient } from '../client/load-client.js';
import { costOf, cpuOfAll, delivering, inTurns } from '../measure/rounds.js';
import { median } from '../measure/stats.js';
import { makePayload, nowUs } from '../payload.js';
import { RunnelServer } from '../servers/runnel.js';
import type { Measurement, Scenario } from './scenario.js';

const STREAMS = { quick: [1, 1_000], full: [1, 100, 10_000] };
/** Milliseconds from event to event. Several at once would share a write where they are of one stream, and of many not. */
const EVERY_MS = 0.5;
const ROUNDS = 3;
const SIZE = 100;

export const manyStreams: Scenario = {
  name: 'many-streams',
  title: 'Many streams with one subscriber each',
  minutes: { quick: 1, full: 3.5 },
  about:
    '2,000 events a second, each by itself, in turns over 1, 100 and 10,000 streams with one connection each; and the ' +
    'same over as many streams that nobody watches. Events are appended to JetStream directly, so ingest has no part in it.',
  figures: [
    {
      name: 'usPerDelivery',
      title: 'CPU of gateway and nats-server for a delivery, µs',
      better: 'less',
      chart: true,
    },
    { name: 'gatewayUs', title: 'CPU of the gateway for a delivery, µs', better: 'less', chart: false },
    {
      name: 'unwatchedUs',
      title: 'CPU of the gateway for an event of a stream that nobody watches, µs',
      better: 'less',
      chart: false,
    },
  ],
  settings: { streams: '{} streams' },
  async run({ quick, say }) {
    const measurements: Measurement[] = [];
    for (const streams of quick ? STREAMS.quick : STREAMS.full) {
      const measurement = await measure(streams, Math.max(streams, quick ? 2_000 : 10_000));
      say(`${streams} streams: ${measurement.figures.usPerDelivery?.toFixed(1)} µs a delivery`);
      measurements.push(measurement);
    }
    return measurements;
  },
};

/** @param events of a round, a multiple of the streams */
async function measure(streams: number, events: number): Promise<Measurement> {
  const server = await RunnelServer.start();
  const log = new EventLog({ url: server.natsUrl, name: 'bench' });
  try {
    // They are there already: this waits for the connection.
    await log.provision({ shards: 1, replicas: 1 });
    const opened = await server.openStreams(streams);
    const unwatched = opened.map((_, n) => ({ workspace: 'bench', stream: `p_unwatched${n}` }));
    const client = await LoadClient.open({
      connections: streams,
      addresses: opened.map(({ address }) => address),
      first: 1,
    });
    try {
      return await play(server, client, log, { watched: opened.map(({ ref }) => ref), unwatched, events });
    } finally {
      await client.close();
    }
  } finally {
    await log.close();
    await server.stop();
  }
}

interface Parts {
  readonly watched: readonly StreamRef[];
  readonly unwatched: readonly StreamRef[];
  readonly events: number;
}

async function play(
  server: RunnelServer,
  client: LoadClient,
  log: EventLog,
  { watched, unwatched, events }: Parts,
): Promise<Measurement> {
  const streams = watched.length;
  const appended = { watched: 0, unwatched: 0 };
  const round = async (kind: 'watched' | 'unwatched') => {
    const refs = kind === 'watched' ? watched : unwatched;
    const cpu = await costOf(server.processes, async () => {
      await append(log, refs, appended[kind], events);
      if (kind === 'watched') await client.receive(events / streams);
    });
    appended[kind] += events;
    await client.settle();
    return { cpu, done: events };
  };
  const results = await inTurns(['watched', 'unwatched'] as const, { rounds: ROUNDS }, round);
  const rounds = results.get('watched') ?? [];
  const us = (cost: (cpu: Readonly<Record<string, number>>) => number) =>
    rounds.map(({ cpu, done }) => (cost(cpu) * 1_000) / done);
  const unwatchedUs = (results.get('unwatched') ?? []).map(
    ({ cpu, done }) => ((cpu.gateway ?? 0) * 1_000) / done,
  );
  return {
    server: 'runnel',
    settings: { streams },
    figures: {
      usPerDelivery: median(us(delivering)),
      gatewayUs: median(us((cpu) => cpu.gateway ?? 0)),
      unwatchedUs: median(unwatchedUs),
    },
    rounds: us(delivering),
    cpuMs: cpuOfAll(rounds),
  };
}

/** Appends events in turns over the streams, at the pace. */
async function append(
  log: EventLog,
  refs: readonly StreamRef[],
  from: number,
  events: number,
): Promise<void> {
  const start = performance.now();
  const stored: Promise<unknown>[] = [];
  for (let n = 0; n < events; n += 1) {
    await turn();
    waitMs(start + n * EVERY_MS - performance.now());
    const ref = refs[n % refs.length] as StreamRef;
    const number = Math.floor((from + n) / refs.length) + 1;
    const payload = Buffer.from(makePayload(number, nowUs(), SIZE));
    stored.push(log.append(ref, [{ channel: 'bench', payload }]));
  }
  await Promise.all(stored);
}

const NOTHING = new Int32Array(new SharedArrayBuffer(4));

/** Timers have no less than a millisecond. */
function waitMs(ms: number): void {
  if (ms > 0) Atomics.wait(NOTHING, 0, 0, ms);
}
