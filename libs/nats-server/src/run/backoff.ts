const FIRST_MS = 100;
const MAX_MS = 10_000;

/** A server that lived this long did not die of what made it die at its start. */
const HEALTHY_AFTER_MS = 10_000;

/** How long to wait before each restart: longer each time while restarts do not last, and bounded. */
export class Backoff {
  #attempts = 0;

  /**
   * @param livedMs milliseconds that the server ran before this exit; 0 when it did not get that far
   * @returns milliseconds: 100, 200, 400 … 10,000
   */
  next(livedMs: number): number {
    if (livedMs >= HEALTHY_AFTER_MS) this.#attempts = 0;
    return Math.min(FIRST_MS * 2 ** this.#attempts++, MAX_MS);
  }
}
