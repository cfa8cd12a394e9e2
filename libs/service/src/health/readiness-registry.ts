import type { Drain } from '../drain/drain.js';
import type { Log } from '../log/create-log.js';
import { type Check, type CheckLimits, type CheckResult, ReadinessCheck } from './readiness-check.js';

/** What `/readyz` answers. */
export interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly checks: Readonly<Record<string, CheckResult>>;
}

const LIMITS: CheckLimits = { timeoutMs: 2_000, freshMs: 500 };

/** What must hold for a service to do its job. Modules add checks; `/readyz` asks them. */
export class ReadinessRegistry {
  private readonly checks = new Map<string, ReadinessCheck>();
  private lastStatus: Readiness['status'] | undefined;

  constructor(
    private readonly log: Log,
    private readonly drain: Pick<Drain, 'draining'>,
    private readonly limits: CheckLimits = LIMITS,
  ) {}

  /**
   * Adds a check. Returns what removes it.
   *
   * @throws when the name is taken: one of the two would be lost without a word
   */
  add(name: string, check: Check): () => void {
    if (this.checks.has(name)) throw new Error(`There is a readiness check "${name}" already.`);
    const added = new ReadinessCheck(check, this.limits, (error) => {
      this.log.debug({ err: error, check: name }, 'A readiness check failed.');
    });
    this.checks.set(name, added);
    return () => {
      if (this.checks.get(name) === added) this.checks.delete(name);
    };
  }

  /** Asks every check, at the same time. Never throws. */
  async ask(): Promise<Readiness> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await check.ask()] as const),
    );
    // Read after the checks: a drain may begin while they run.
    if (this.drain.draining) results.push(['drain', { status: 'failed', detail: 'The service is ending.' }]);
    const failed = results.some(([, { status }]) => status === 'failed');
    const readiness: Readiness = {
      status: failed ? 'unavailable' : 'ok',
      checks: Object.fromEntries(results),
    };
    this.logChange(readiness);
    return readiness;
  }

  private logChange({ status, checks }: Readiness): void {
    if (status === this.lastStatus) return;
    this.lastStatus = status;
    if (status === 'ok') this.log.info('The service is ready.');
    else this.log.warn({ checks }, 'The service is not ready.');
  }
}
