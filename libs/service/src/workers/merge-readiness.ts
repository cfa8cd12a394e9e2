import type { CheckResult } from '../health/readiness-check.js';
import type { Readiness } from '../health/readiness-registry.js';

const SILENT: CheckResult = { status: 'failed', detail: 'A worker does not answer.' };

/**
 * One answer for all workers, each of which gets connections: a check holds when it holds in each of them.
 *
 * @param answers undefined for a worker that gave none
 */
export function mergeReadiness(answers: readonly (Readiness | undefined)[]): Readiness {
  const checks: Record<string, CheckResult> = {};
  for (const answer of answers) {
    for (const [name, result] of Object.entries(answer?.checks ?? { workers: SILENT })) {
      if (checks[name]?.status !== 'failed') checks[name] = result;
    }
  }
  const ready = answers.length > 0 && answers.every((answer) => answer?.status === 'ok');
  return { status: ready ? 'ok' : 'unavailable', checks };
}
