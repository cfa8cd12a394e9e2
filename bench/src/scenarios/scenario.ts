import type { CpuByRole } from '../measure/process-cost.js';
import type { BenchOptions } from '../options.js';

/** How much is to be measured. */
export interface BenchContext extends Pick<BenchOptions, 'quick' | 'servers' | 'connections' | 'sizes'> {
  /** Says what is going on. */
  readonly say: (line: string) => void;
  /** Notes that a server could not be measured, so that a report says so; the others go on. */
  readonly failed: (server: string, error: unknown) => void;
}

/** One line of the results. */
export interface Measurement {
  readonly server: string;
  /** What was set, such as the number of connections. */
  readonly settings: Readonly<Record<string, number | string>>;
  /** What came out: medians over the rounds, by name with unit. */
  readonly figures: Readonly<Record<string, number>>;
  /** The figure that counts, round by round. */
  readonly rounds: readonly number[];
  /** CPU milliseconds of all rounds, by what the processes do. */
  readonly cpuMs: CpuByRole;
}

/** A figure of a scenario, as its readers see it. */
export interface FigureKind {
  /** Its name in {@link Measurement.figures}. */
  readonly name: string;
  /** What it is, with its unit. */
  readonly title: string;
  readonly better: 'more' | 'less';
  /** Whether it is also drawn. */
  readonly chart: boolean;
}

export interface Scenario {
  readonly name: string;
  /** How long it takes with all servers on two quiet cores, about. */
  readonly minutes: { readonly quick: number; readonly full: number };
  readonly title: string;
  /** What is done and what is counted. */
  readonly about: string;
  readonly figures: readonly FigureKind[];
  /** How a setting is written: `{}` stands for its value. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whose figures are compared with the others'. Default: runnel. */
  readonly ours?: string;
  /** A setting that gets a chart for each of its values. */
  readonly chartBy?: string;
  /** @throws DeliveryFault when a subscriber of Runnel alone did not get exactly what it had to get */
  run(context: BenchContext): Promise<Measurement[]>;
}
