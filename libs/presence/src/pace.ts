export interface PaceOptions {
  /** How many may go at once after a quiet time. 1 or more. */
  readonly burst: number;
  /** Milliseconds in which one more may go. */
  readonly everyMs: number;
}

/** Lets a few through at once and then one after the other: what is rare is quick, and what is frequent waits. */
export class Pace {
  /** When all that went is used up. */
  private usedUntil = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: PaceOptions) {}

  /** Milliseconds until the next may go; 0 for now. @param now by `performance.now()` */
  waitMs(now: number): number {
    const { burst, everyMs } = this.options;
    return Math.max(0, this.usedUntil - (burst - 1) * everyMs - now);
  }

  /** One goes. */
  take(now: number): void {
    this.usedUntil = Math.max(this.usedUntil, now) + this.options.everyMs;
  }
}
