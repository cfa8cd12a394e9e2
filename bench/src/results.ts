import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from './machine.js';
import type { TopFunction } from './measure/cpu-profile.js';
import type { Measurement } from './scenarios/scenario.js';

/** What one scenario has shown. */
export interface Section {
  readonly scenario: string;
  readonly startedAt: string;
  readonly quick: boolean;
  readonly measurements: readonly Measurement[];
  /** What a reader should know: peers that were left out, a failure. */
  readonly notes: readonly string[];
  /** Where the gateway's time went, with `--profile`. */
  readonly topFunctions?: readonly TopFunction[];
}

/** What is written to `<date>.json`. */
export interface Results {
  readonly date: string;
  readonly machine: Machine;
  readonly sections: readonly Section[];
}

/**
 * Reads the results of a day, if there are any: scenarios may be run one by one and make one report. Figures are
 * compared only within a scenario, so it does not matter that they were not taken in one go.
 */
export function readResults(directory: string, date: string): Results | undefined {
  const file = join(directory, `${date}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : undefined;
}

/** The results with a section added, in place of an older one of the same scenario. */
export function withSection(results: Results, section: Section): Results {
  const others = results.sections.filter(({ scenario }) => scenario !== section.scenario);
  return { ...results, sections: [...others, section] };
}

/** Writes a file of the results and returns its path. */
export async function writeInto(directory: string, name: string, text: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, name);
  await writeFile(file, text);
  return file;
}
