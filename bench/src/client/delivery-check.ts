/** What went wrong with deliveries. All zero in a run that counts. */
export interface Faults {
  /** Events that never came. */
  lost: number;
  repeated: number;
  /** Events that came after a later one. */
  disordered: number;
  /** Payloads that are not what was sent: other bytes, another length, more than one line. */
  damaged: number;
  /** Control events: missing history, connections closed for a reason. */
  refused: number;
  /** Connections that ended, or answers that were no event stream. */
  broken: number;
}

export function noFaults(): Faults {
  return { lost: 0, repeated: 0, disordered: 0, damaged: 0, refused: 0, broken: 0 };
}

export function sumOfFaults(faults: Faults): number {
  return Object.values(faults).reduce((sum: number, count: number) => sum + count, 0);
}

/** Skipped numbers that are remembered, to tell a late event from a repeated one. */
const MAX_REMEMBERED = 1_000;

/** Follows the numbers of one subscriber's events. */
export class DeliveryCheck {
  private missing: Set<number> | undefined;

  /**
   * @param faults where to count; one for many subscribers
   * @param next number that must come first, or undefined when any may
   */
  constructor(
    private readonly faults: Faults,
    private next: number | undefined,
  ) {}

  /** Number of the event that must come next. */
  get expected(): number | undefined {
    return this.next;
  }

  take(n: number): void {
    if (n === this.next || this.next === undefined) this.next = n + 1;
    else if (n > this.next) this.skip(this.next, n);
    else if (this.missing?.delete(n)) {
      this.faults.lost -= 1;
      this.faults.disordered += 1;
    } else this.faults.repeated += 1;
  }

  private skip(from: number, to: number): void {
    this.missing ??= new Set();
    for (let n = from; n < to && this.missing.size < MAX_REMEMBERED; n += 1) this.missing.add(n);
    this.faults.lost += to - from;
    this.next = to + 1;
  }
}
