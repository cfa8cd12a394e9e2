import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { publishSubject } from '#libs/contracts';
import { Histogram } from '../measure/histogram.js';
import { type CpuByRole, total } from '../measure/process-cost.js';
import { costOf, cpuOfAll, inTurns } from '../measure/rounds.js';
import { median } from '../measure/stats.js';
import { makePayload, nowUs } from '../payload.js';
import { RunnelServer, type RunnelStream } from '../servers/runnel.js';
import type { Measurement, Scenario } from './scenario.js';

const SIZE = 1_024;
/** Milliseconds that an acknowledgement may take. */
const ACK_MS = 20_000;
const ROUNDS = { quick: 3, full: 5 };

/** How publishers work: requests under way at once, events in each, events of a round. */
const SETTINGS = [
  { requests: '1 event, one request after the other', inFlight: 1, batch: 1, events: 300 },
  { requests: '1 event, 64 requests under way', inFlight: 64, batch: 1, events: 3_000 },
  { requests: '100 events, 4 requests under way', inFlight: 4, batch: 100, events: 10_000 },
  { requests: '1,000 events, 2 requests under way', inFlight: 2, batch: 1_000, events: 10_000 },
] as const;

type Setting = (typeof SETTINGS)[number];

export const publish: Scenario = {
  name: 'publish',
  title: 'Publishing',
  minutes: { quick: 1, full: 1.5 },
  about:
    'Events of 1 KiB to one stream, each acknowledged after JetStream has stored it: over HTTP, over NATS, and for ' +
    'comparison by a bare nats.js publisher to the same JetStream stream with `js.publish`. Over NATS there are no ' +
    'batches: as many messages are under way as events would be.',
  figures: [
    { name: 'perSecond', title: 'Events a second', better: 'more', chart: true },
    { name: 'p99Ms', title: '99 % of the requests took at most … ms', better: 'less', chart: false },
    { name: 'perCpuSecond', title: 'Events per CPU second of all processes', better: 'more', chart: false },
  ],
  settings: { requests: '{}' },
  ours: 'HTTP',
  async run({ quick, say }) {
    const server = await RunnelServer.start();
    const connection = await connect({ servers: server.natsUrl });
    try {
      const stream = await server.openStream();
      const publishers = [overHttp(stream), overNats(connection, stream), await bare(connection, stream)];
      const rounds = quick ? ROUNDS.quick : ROUNDS.full;
      const measurements: Measurement[] = [];
      for (const setting of SETTINGS) {
        const results = await inTurns(publishers, { rounds }, (publisher) =>
          play(server, publisher, setting),
        );
        for (const [{ name }, played] of results) measurements.push(summary(name, setting, played));
        const rates = [...results].map(
          ([{ name }, played]) => `${name} ${Math.round(medianOf(played, 'perSecond'))}`,
        );
        say(`${setting.requests}: ${rates.join(', ')} events a second`);
      }
      return measurements;
    } finally {
      await connection.close();
      await server.stop();
    }
  },
};

interface Publisher {
  readonly name: string;
  /** Resolves when all of them are stored. */
  readonly send: (payloads: readonly string[]) => Promise<unknown>;
}

function overHttp(stream: RunnelStream): Publisher {
  return { name: 'HTTP', send: (payloads) => stream.publish(payloads) };
}

/** As a program that knows nothing of Runnel but the stream's subject and a header. */
function overNats(connection: NatsConnection, { ref }: RunnelStream): Publisher {
  const subject = publishSubject(ref);
  const fields = headers();
  fields.set('Runnel-Channel', 'bench');
  const send = async (payload: string) => {
    const answer = await connection.request(subject, payload, { headers: fields, timeout: ACK_MS });
    const { error } = answer.json<{ error?: unknown }>();
    if (error !== undefined) throw new Error(`Runnel refused an event: ${JSON.stringify(error)}`);
  };
  return { name: 'NATS', send: (payloads) => Promise.all(payloads.map(send)) };
}

/** A publisher that goes around Runnel and writes to the JetStream subject behind a stream. */
async function bare(connection: NatsConnection, stream: RunnelStream): Promise<Publisher> {
  const { streams } = await jetstreamManager(connection);
  await stream.publish([makePayload(1, nowUs(), SIZE)]);
  const filter = `events.*.${stream.ref.workspace}.${stream.ref.stream}`;
  const subjects = new Set<string>();
  for (const { config } of await streams.list().next()) {
    const { state } = await streams.info(config.name, { subjects_filter: filter });
    for (const subject of Object.keys(state.subjects ?? {})) subjects.add(subject);
  }
  const [subject = ''] = subjects;
  const client = jetstream(connection, { timeout: ACK_MS });
  const fields = headers();
  fields.set('Runnel-Channel', 'bench');
  const send = (payload: string) => client.publish(subject, payload, { headers: fields });
  return { name: 'bare nats.js', send: (payloads) => Promise.all(payloads.map(send)) };
}

interface Played {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly perCpuSecond: number;
  readonly cpu: CpuByRole;
}

async function play(
  { processes }: RunnelServer,
  { send }: Publisher,
  { inFlight, batch, events }: Setting,
): Promise<Played> {
  const payload = makePayload(1, nowUs(), SIZE);
  const payloads = Array.from({ length: batch }, () => payload);
  const took = new Histogram();
  let left = events / batch;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      const begun = nowUs();
      await send(payloads);
      took.add(nowUs() - begun);
    }
  };
  const begun = performance.now();
  const cpu = await costOf(processes, () => Promise.all(Array.from({ length: inFlight }, work)));
  const seconds = (performance.now() - begun) / 1_000;
  return {
    perSecond: events / seconds,
    p99Ms: took.quantile(0.99) / 1_000,
    perCpuSecond: events / (total(cpu) / 1_000),
    cpu,
  };
}

function summary(server: string, { requests }: Setting, rounds: readonly Played[]): Measurement {
  return {
    server,
    settings: { requests },
    figures: {
      perSecond: medianOf(rounds, 'perSecond'),
      p99Ms: medianOf(rounds, 'p99Ms'),
      perCpuSecond: medianOf(rounds, 'perCpuSecond'),
    },
    rounds: rounds.map(({ perSecond }) => perSecond),
    cpuMs: cpuOfAll(rounds),
  };
}

function medianOf(rounds: readonly Played[], figure: 'perSecond' | 'p99Ms' | 'perCpuSecond'): number {
  return median(rounds.map((round) => round[figure]));
}
