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

/** How much is played. */
export interface Turns<Party> {
  /** Rounds of each party that count, at the most. */
  readonly rounds: number;
  /** Milliseconds of each party after which it gets no further round; one counts in any case. Default: no limit. */
  readonly budgetMs?: number;
  /** Told of a party that failed, which is left out of the rest and of the results. Default: the failure is thrown. */
  readonly onFailure?: (party: Party, error: unknown) => void;
}

/**
 * Plays rounds with all parties in turns (A B C A B C …), so that what else the machine does meets all of them alike.
 *
 * @param play one round; the first of each party warms it up and is thrown away, unless it was so long that it took all
 *   of the time and has warmed itself up
 */
export async function inTurns<Party, Result>(
  parties: readonly Party[],
  { rounds, budgetMs = Number.POSITIVE_INFINITY, onFailure = rethrow }: Turns<Party>,
  play: (party: Party) => Promise<Result>,
): Promise<Map<Party, Result[]>> {
  const results = new Map<Party, Result[]>(parties.map((party) => [party, []]));
  const spentMs = new Map<Party, number>();
  for (let n = 0; n <= rounds; n += 1) {
    for (const [party, played] of [...results]) {
      const spent = spentMs.get(party) ?? 0;
      if (played.length > 0 && spent >= budgetMs) continue;
      const begun = performance.now();
      try {
        const result = await play(party);
        const now = spent + performance.now() - begun;
        spentMs.set(party, now);
        if (n > 0 || now >= budgetMs) played.push(result);
      } catch (error) {
        results.delete(party);
        onFailure(party, error);
      }
    }
  }
  return results;
}

function rethrow(_party: unknown, error: unknown): never {
  throw error;
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
  return total(cpu) - (cpu.ingest ?? 0) - (cpu.auth ?? 0) - (cpu.origin ?? 0);
}
