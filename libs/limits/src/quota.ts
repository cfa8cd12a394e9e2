import { Problem } from '#libs/contracts';

export interface QuotaOptions {
  /** Most that an owner may have; 0 is no limit. */
  readonly most: number;
  /** What is counted, in the plural, for the answer and the metrics: `streams`. */
  readonly what: string;
  /** How many the owner has; may be more than it really has, and is cheap. */
  readonly estimate: (owner: string) => Promise<number>;
  /** How many the owner really has. Asked only when the estimate leaves no room. */
  readonly count: (owner: string) => Promise<number>;
}

interface UnderWay {
  /** What is being made, and may be missing in what is counted meanwhile. */
  readonly making: Set<Promise<unknown>>;
  /** How many were begun and how many ended since the owner got this state. */
  begun: number;
  ended: number;
  /** The last of those that are made one after the other. */
  last: Promise<unknown>;
  waiting: number;
}

/** How many may stand in line for the last places before others are sent away. */
const MAX_WAITING = 100;
/** Seconds after which somebody may try again: places come back only when something is deleted. */
const RETRY_AFTER_S = 10;

/**
 * Lets an owner make so many of something and no more. While there is plenty of room they are made side by side at
 * the cost of one estimate; near the limit one after the other, so that many at once cannot slip through together.
 *
 * Counts in this process: others that make the last one at the same moment each let theirs through.
 */
export class Quota {
  private readonly underWay = new Map<string, UnderWay>();

  constructor(private readonly options: QuotaOptions) {}

  /**
   * Makes one more.
   *
   * @throws Problem `quota-exceeded`; whatever the work and the counting throw
   */
  async make<T>(owner: string, work: () => Promise<T>): Promise<T> {
    const { most, estimate } = this.options;
    if (most === 0) return await work();
    const state = this.stateOf(owner);
    state.waiting += 1;
    try {
      const { ended } = state;
      const estimated = await estimate(owner);
      // Also those that have ended since: the estimate may be from before.
      if (estimated + state.begun - ended < most) return await this.run(state, work);
      if (state.waiting > MAX_WAITING) throw this.exceeded();
      const turn = state.last.then(() => this.makeInTurn(owner, state, work));
      state.last = turn.catch(() => undefined);
      return await turn;
    } finally {
      state.waiting -= 1;
      if (state.waiting === 0) this.underWay.delete(owner);
    }
  }

  private async makeInTurn<T>(owner: string, state: UnderWay, work: () => Promise<T>): Promise<T> {
    await Promise.allSettled(state.making);
    const { ended } = state;
    const counted = await this.options.count(owner);
    if (counted + state.begun - ended >= this.options.most) throw this.exceeded();
    return await this.run(state, work);
  }

  private async run<T>(state: UnderWay, work: () => Promise<T>): Promise<T> {
    state.begun += 1;
    const made = work();
    state.making.add(made);
    try {
      return await made;
    } finally {
      state.making.delete(made);
      state.ended += 1;
    }
  }

  private stateOf(owner: string): UnderWay {
    let state = this.underWay.get(owner);
    if (state === undefined) {
      state = { making: new Set(), begun: 0, ended: 0, last: Promise.resolve(), waiting: 0 };
      this.underWay.set(owner, state);
    }
    return state;
  }

  private exceeded(): Problem {
    const { most, what } = this.options;
    return new Problem('quota-exceeded', `The workspace may have ${most} ${what}, and has them.`, {
      retryAfterS: RETRY_AFTER_S,
      limit: what,
    });
  }
}
