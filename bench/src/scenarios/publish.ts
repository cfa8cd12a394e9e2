import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { publishSubject } from '#libs/contracts';
import { HttpPipe } from '../client/http-pipe.js';
import { Histogram } from '../measure/histogram.js';
import { type CpuByRole, type MeasuredProcess, total } from '../measure/process-cost.js';
import { costOf, cpuOfAll, inTurns } from '../measure/rounds.js';
import { median } from '../measure/stats.js';
import { makePayload, nowUs } from '../payload.js';
import { freePort } from '../servers/free-port.js';
import { startNodeProgram } from '../servers/node-peers.js';
import type { Program } from '../servers/program.js';
import { eventsBody, RunnelServer, type RunnelStream } from '../servers/runnel.js';
import type { Measurement, Scenario } from './scenario.js';

const SIZE = 1_024;
/** Milliseconds that an acknowledgement may take. */
const ACK_MS = 20_000;
const ROUNDS = { quick: 3, full: 5 };

interface Setting {
  readonly requests: string;
  /** Requests under way at once. */
  readonly inFlight: number;
  /** Events in each. */
  readonly batch: number;
  /** Events of a round. */
  readonly events: number;
}

/**
 * Requests of each publisher, one after the other, before anything is measured: the first thousand cost ingest two to
 * three times as much each, until V8 has compiled what they need, so that without these a start would be measured.
 */
const WARM_UP = { quick: 1_000, full: 5_000 };

const SETTINGS: readonly Setting[] = [
  { requests: '1 event, one request after the other', inFlight: 1, batch: 1, events: 1_000 },
  { requests: '1 event, 64 requests under way', inFlight: 64, batch: 1, events: 3_000 },
  { requests: '100 events, 4 requests under way', inFlight: 4, batch: 100, events: 10_000 },
  { requests: '1,000 events, 2 requests under way', inFlight: 2, batch: 1_000, events: 10_000 },
];

export const publish: Scenario = {
  name: 'publish',
  title: 'Publishing',
  minutes: { quick: 1.5, full: 2 },
  about:
    'Events of 1 KiB to one stream, each acknowledged after JetStream has stored it: over HTTP, over NATS, and for ' +
    'comparison by a bare nats.js publisher to the same JetStream stream with `js.publish`, and over HTTP to a bare ' +
    'server on `node:http` that checks nothing and calls `js.publish`: what a process in between costs by itself. Over ' +
    'NATS there are no batches: as many messages are under way as events would be. Before all that come 5,000 events ' +
    'of each publisher, one by one.',
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
    let reference: BareIngest | undefined;
    try {
      const stream = await server.openStream();
      const subject = await storedUnder(connection, stream);
      reference = await BareIngest.start(server.natsUrl, subject);
      const processes = [...server.processes, reference.process];
      const publishers = [
        overHttp(stream),
        overNats(connection, stream),
        bare(connection, subject),
        reference.publisher,
      ];
      const rounds = quick ? ROUNDS.quick : ROUNDS.full;
      const measurements: Measurement[] = [];
      const warmUp = { requests: '', inFlight: 1, batch: 1, events: quick ? WARM_UP.quick : WARM_UP.full };
      for (const publisher of publishers) await play(processes, publisher, warmUp);
      for (const setting of SETTINGS) {
        const results = await inTurns(publishers, { rounds }, (publisher) =>
          play(processes, publisher, setting),
        );
        for (const [{ name }, played] of results) measurements.push(summary(name, setting, played));
        const rates = [...results].map(
          ([{ name }, played]) => `${name} ${Math.round(medianOf(played, 'perSecond'))}`,
        );
        say(`${setting.requests}: ${rates.join(', ')} events a second`);
      }
      return measurements;
    } finally {
      await reference?.stop();
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

/** The JetStream subject behind a stream. */
async function storedUnder(connection: NatsConnection, stream: RunnelStream): Promise<string> {
  const { streams } = await jetstreamManager(connection);
  await stream.publish([makePayload(1, nowUs(), SIZE)]);
  const filter = `events.*.${stream.ref.workspace}.${stream.ref.stream}`;
  const subjects = new Set<string>();
  for (const { config } of await streams.list().next()) {
    const { state } = await streams.info(config.name, { subjects_filter: filter });
    for (const subject of Object.keys(state.subjects ?? {})) subjects.add(subject);
  }
  const [subject = ''] = subjects;
  return subject;
}

/** A publisher that goes around Runnel and writes to a JetStream subject. */
function bare(connection: NatsConnection, subject: string): Publisher {
  const client = jetstream(connection, { timeout: ACK_MS });
  const fields = headers();
  fields.set('Runnel-Channel', 'bench');
  const send = (payload: string) => client.publish(subject, payload, { headers: fields });
  return { name: 'bare nats.js', send: (payloads) => Promise.all(payloads.map(send)) };
}

/** One that sends what Runnel would get to a server that does the least that can be done. */
class BareIngest {
  private constructor(
    private readonly program: Program,
    private readonly pipe: HttpPipe,
  ) {}

  static async start(natsUrl: string, subject: string): Promise<BareIngest> {
    const port = await freePort();
    const program = await startNodeProgram('bare-ingest', port, [natsUrl, subject]);
    return new BareIngest(program, new HttpPipe('127.0.0.1', port));
  }

  get process(): MeasuredProcess {
    return { role: 'bare HTTP', pid: this.program.pid };
  }

  readonly publisher: Publisher = {
    name: 'bare HTTP',
    send: async (payloads) => {
      const headers = { 'content-type': 'application/json' };
      const { status, body } = await this.pipe.post('/', headers, eventsBody(payloads));
      if (status !== 201) throw new Error(`The bare server refused events: ${status} ${body}`);
    },
  };

  async stop(): Promise<void> {
    this.pipe.close();
    await this.program.stop();
  }
}

interface Played {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly perCpuSecond: number;
  readonly cpu: CpuByRole;
}

async function play(
  processes: readonly MeasuredProcess[],
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
