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
}

interface Reading {
  readonly value: number;
  readonly of: string;
}

const TARGETS: readonly Target[] = [
  ...(
    [
      ['nchan', 1.5],
      ['nest-sse', 4],
      ['better-sse', 2.5],
    ] as const
  ).map(
    ([peer, least]): Target => ({
      text: `Fan-out, one event at a time, 1,000 and more connections: ${least} × ${peer}`,
      scenario: 'fan-out',
      measure: ratios(
        'perDeliveringCpuSecond',
        peer,
        ({ connections = 0, burst = 0 }) => connections >= 1_000 && burst === 1,
      ),
      met: (value) => value >= least,
      unit: '×',
    }),
  ),
  {
    text: 'Fan-out in bursts of 16 and more: 10 × nchan',
    scenario: 'fan-out',
    measure: ratios(
      'perDeliveringCpuSecond',
      'nchan',
      ({ connections = 0, burst = 0 }) => connections >= 1_000 && burst >= 16,
    ),
    met: (value) => value >= 10,
    unit: '×',
  },
];

/** What was to be reached, what was measured, and whether that is enough: the worst case counts. */
export function targetTable(sections: readonly Section[]): string[] {
  const rows = TARGETS.map(({ text, scenario, measure, met, unit }) => {
    const readings = measure(sections.find((each) => each.scenario === scenario)?.measurements ?? []);
    const shown = readings.map(({ value, of }) => `${value.toPrecision(3)} ${unit} (${of})`).join('; ');
    const verdict = readings.every(({ value }) => met(value)) ? 'met' : 'missed';
    return [text, shown || 'not measured', readings.length === 0 ? '–' : verdict];
  });
  return markdownTable(['target', 'measured', ''], rows);
}

/** Runnel's figure over a peer's, in each setting that counts. */
function ratios(figure: string, peer: string, counts: (settings: Record<string, number>) => boolean) {
  return (measurements: readonly Measurement[]): Reading[] =>
    pivot(measurements).flatMap(({ settings, byServer }) => {
      const numbers = settings as Record<string, number>;
      const ours = byServer.get('runnel')?.figures[figure];
      const theirs = byServer.get(peer)?.figures[figure];
      if (!counts(numbers) || !ours || !theirs) return [];
      return [{ value: ours / theirs, of: Object.values(settings).join('/') }];
    });
}
