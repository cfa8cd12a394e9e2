/** Milliseconds before the first reconnect until the server says another number. */
const RETRY_MS = 1_000;
/** Longest wait between two attempts. */
const MAX_RETRY_MS = 30_000;

/** Says how long to wait before the next attempt: doubling while attempts fail, and different for each client. */
export class Pace {
  /** From the stream's `retry:` field. */
  retryMs = RETRY_MS;
  #failures = 0;

  /** @param maxRetryMs largest wait, unless the server asks for more by Retry-After */
  constructor(private readonly maxRetryMs = MAX_RETRY_MS) {}

  /** The connection was of use: the next wait is a short one again. */
  reset(): void {
    this.#failures = 0;
  }

  /** @param atLeastMs what the server asked for with this refusal */
  nextMs(atLeastMs = 0): number {
    const ceilingMs = Math.min(this.retryMs * 2 ** this.#failures, this.maxRetryMs);
    this.#failures += 1;
    // Between half and all of it, so that those who were cut in the same moment do not come back in the same.
    return atLeastMs + ceilingMs * (0.5 + Math.random() / 2);
  }
}
