import type { Section } from '../results.js';
import type { Measurement } from '../scenarios/scenario.js';
import { markdownTable } from './markdown-table.js';
import { pivot } from './pivot.js';

/** Something that Runnel wants to reach, and how far it got. */
interface Target {
  readonly text: string;
  readonly scenario: string;
  /** Each value that has to hold, with what it is of; empty when it was not measured. */
  readonly measure: (measurements: readonly Measurement[]) => readonly Reading[];
  readonly met: (value: number) => boolean;
  readonly unit: string;
  /** Connections or streams that it is about, where a smaller run says little. */
  readonly size?: number;
}

interface Reading {
  readonly value: number;
  readonly of: string;
  /** The largest number among the settings: connections or streams. */
  readonly size: number;
}

/** One event at a time, by a publisher who waits for its answer. */
const IN_A_ROW = 'in a row';

const PEERS = [
  ['nchan', 1.5],
  ['nest-sse', 4],
  ['better-sse', 2.5],
] as const;

const TARGETS: readonly Target[] = [
  ...PEERS.map(
    ([peer, least]): Target => ({
      text: `Fan-out, one event after the other, 1,000 and more connections: ${least} × ${peer}`,
      scenario: 'fan-out',
      measure: ratios('perDeliveringCpuSecond', peer, ({ publishing, connections }) => {
        return publishing === IN_A_ROW && Number(connections) >= 1_000;
      }),
      met: (value) => value >= least,
      unit: '×',
    }),
  ),
  {
    text: 'Fan-out in bursts of 16 and more: 10 × nchan',
    scenario: 'fan-out',
    measure: ratios('perDeliveringCpuSecond', 'nchan', ({ publishing, connections }) => {
      return String(publishing).endsWith('at once') && Number(connections) >= 1_000;
    }),
    met: (value) => value >= 10,
    unit: '×',
  },
  {
    text: 'Connects with replay, stream warm: 2 × nchan',
    scenario: 'connect-warm',
    measure: ratios('perCpuSecond', 'nchan'),
    met: (value) => value >= 2,
    unit: '×',
  },
  {
    text: 'Connects with replay, stream cold: at most 3 ms of nats-server',
    scenario: 'connect-cold',
    measure: figures('natsMs'),
    met: (value) => value <= 3,
    unit: 'ms',
    size: 10_000,
  },
  {
    text: 'An idle connection beyond the first 1,000: at most 16 KiB',
    scenario: 'idle',
    measure: figures('kibEach'),
    met: (value) => value <= 16,
    unit: 'KiB',
  },
  {
    text: 'Latency at 20,000 deliveries a second: p99 at most 1.5 × nchan’s',
    scenario: 'latency',
    measure: ratios('p99Ms', 'nchan'),
    met: (value) => value <= 1.5,
    unit: '×',
  },
  {
    text: 'Publishing in batches over HTTP: half the rate of a bare nats.js publisher',
    scenario: 'publish',
    measure: ratios(
      'perSecond',
      'bare nats.js',
      ({ requests }) => !String(requests).startsWith('1 event'),
      'HTTP',
    ),
    met: (value) => value >= 0.5,
    unit: '×',
  },
  {
    text: 'Publishing one event over HTTP: p99 at most 3 × that of a bare nats.js publisher',
    scenario: 'publish',
    measure: ratios(
      'p99Ms',
      'bare nats.js',
      ({ requests }) => String(requests).includes('after the other'),
      'HTTP',
    ),
    met: (value) => value <= 3,
    unit: '×',
  },
  {
    text: 'A delivery on one of 10,000 streams: at most 1.2 × what it costs with one stream',
    scenario: 'many-streams',
    measure: growth('usPerDelivery'),
    met: (value) => value <= 1.2,
    unit: '×',
    size: 10_000,
  },
  {
    text: '10,000 clients are back after a restart of the gateway, nothing lost: in 15 s',
    scenario: 'storm',
    measure: figures('secondsAfterStart'),
    met: (value) => value <= 15,
    unit: 's',
    size: 10_000,
  },
];

/**
 * What was to be reached, what was measured, and whether that is enough: the worst case counts, and a run that was
 * smaller than what the target is about meets nothing.
 */
export function targetTable(sections: readonly Section[]): string[] {
  const rows = TARGETS.map(({ text, scenario, measure, met, unit, size = 0 }) => {
    const readings = measure(sections.find((each) => each.scenario === scenario)?.measurements ?? []);
    const shown = readings.map(({ value, of }) => `${value.toPrecision(3)} ${unit} (${of})`).join('; ');
    const missed = readings.some(({ value }) => !met(value));
    const whole = readings.some((reading) => reading.size >= size);
    return [text, shown || 'not measured', missed ? 'missed' : whole ? 'met' : '–'];
  });
  return markdownTable(['target', 'measured', ''], rows);
}

type Settings = Measurement['settings'];

/** A figure over that of a peer, in each setting that counts. */
function ratios(
  figure: string,
  peer: string,
  counts: (settings: Settings) => boolean = () => true,
  ours = 'runnel',
) {
  return (measurements: readonly Measurement[]): Reading[] =>
    pivot(measurements).flatMap(({ settings, byServer }) => {
      const own = byServer.get(ours)?.figures[figure];
      const theirs = byServer.get(peer)?.figures[figure];
      if (!counts(settings) || !own || !theirs) return [];
      return [{ value: own / theirs, ...about(settings) }];
    });
}

/** Runnel's figure itself, in each setting. */
function figures(name: string) {
  return (measurements: readonly Measurement[]): Reading[] =>
    measurements
      .filter(({ server, figures }) => server === 'runnel' && figures[name] !== undefined)
      .map(({ settings, figures }) => ({ value: figures[name] ?? 0, ...about(settings) }));
}

/** The last setting's figure over the first one's. */
function growth(figure: string) {
  return (measurements: readonly Measurement[]): Reading[] => {
    const first = measurements[0]?.figures[figure];
    const last = measurements.at(-1);
    if (!first || last === undefined || measurements.length < 2) return [];
    return [{ value: (last.figures[figure] ?? 0) / first, ...about(last.settings) }];
  };
}

function about(settings: Settings): Pick<Reading, 'of' | 'size'> {
  const values = Object.values(settings);
  return { of: values.join('/'), size: Math.max(0, ...values.map(Number).filter(Number.isFinite)) };
}
