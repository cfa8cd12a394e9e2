import { Problem } from '#libs/contracts';
import { within } from '#libs/timing';
import { NotReady } from '../errors.js';

/** Returns when ready. Throws {@link NotReady} with the reason otherwise; the text of other errors stays hidden. */
export type Check = () => Promise<void> | void;

export interface CheckResult {
  readonly status: 'ok' | 'failed';
  readonly detail?: string;
}

export interface CheckLimits {
  /** A check that has not answered by then has failed. */
  readonly timeoutMs: number;
  /** How long a result stands before the check runs again. */
  readonly freshMs: number;
}

/** Runs one check as often as useful, however often it is asked for. */
export class ReadinessCheck {
  private startedAt = Number.NEGATIVE_INFINITY;
  private result: Promise<CheckResult> | undefined;
  private running = false;

  /** @param onError receives the error that `/readyz` does not show */
  constructor(
    private readonly check: Check,
    private readonly limits: CheckLimits,
    private readonly onError: (error: unknown) => void,
  ) {}

  ask(): Promise<CheckResult> {
    const fresh = performance.now() - this.startedAt < this.limits.freshMs;
    // One that hangs is not started again on top of itself: a lost server would collect requests.
    if (this.result === undefined || !(fresh || this.running)) this.result = this.start();
    return this.result;
  }

  private start(): Promise<CheckResult> {
    this.startedAt = performance.now();
    this.running = true;
    const outcome = this.runCheck().finally(() => {
      this.running = false;
    });
    return this.inTime(outcome);
  }

  private async runCheck(): Promise<CheckResult> {
    try {
      await this.check();
      return { status: 'ok' };
    } catch (error) {
      if (error instanceof NotReady || error instanceof Problem) {
        return { status: 'failed', detail: error.message };
      }
      this.onError(error);
      return { status: 'failed', detail: 'The check failed; the log says more.' };
    }
  }

  private async inTime(outcome: Promise<CheckResult>): Promise<CheckResult> {
    const { timeoutMs } = this.limits;
    const late: CheckResult = { status: 'failed', detail: `No answer within ${timeoutMs} ms.` };
    return (await within(timeoutMs, outcome)) ?? late;
  }
}
