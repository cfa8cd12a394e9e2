import { type CpuByRole, cpuMs, difference, type MeasuredProcess, total } from './process-cost.js';

/** What was done in one round, and what it cost. */
export interface Round {
  /** Deliveries, connections or whatever is counted. */
  readonly done: number;
  readonly cpu: CpuByRole;
}

/** What the work costs the processes. */
export async function costOf(
  processes: readonly MeasuredProcess[],
  work: () => Promise<unknown>,
): Promise<CpuByRole> {
  const before = cpuMs(processes);
  await work();
  return difference(cpuMs(processes), before);
}

/**
 * Plays rounds with all parties in turns (A B C A B C …), so that what else the machine does meets all of them alike.
 *
 * @param play one round; the first of each party warms it up and is thrown away
 */
export async function inTurns<Party, Result>(
  parties: readonly Party[],
  rounds: number,
  play: (party: Party) => Promise<Result>,
): Promise<Map<Party, Result[]>> {
  const results = new Map<Party, Result[]>(parties.map((party) => [party, []]));
  for (const party of parties) await play(party);
  for (let n = 0; n < rounds; n += 1) {
    for (const party of parties) results.get(party)?.push(await play(party));
  }
  return results;
}

/** How much was done in a CPU second, round by round. @param cost milliseconds that count; default: all processes' */
export function perCpuSecond(rounds: readonly Round[], cost: (cpu: CpuByRole) => number = total): number[] {
  return rounds.map(({ done, cpu }) => done / (cost(cpu) / 1_000));
}

/** What all rounds cost together, by role. */
export function cpuOfAll(rounds: readonly { readonly cpu: CpuByRole }[]): CpuByRole {
  const sums: Record<string, number> = {};
  for (const { cpu } of rounds) {
    for (const [role, ms] of Object.entries(cpu)) sums[role] = (sums[role] ?? 0) + ms;
  }
  return sums;
}

/** What delivers: all but the services that only take events in, which may well run elsewhere. */
export function delivering(cpu: CpuByRole): number {
  return total(cpu) - (cpu.ingest ?? 0) - (cpu.auth ?? 0);
}
