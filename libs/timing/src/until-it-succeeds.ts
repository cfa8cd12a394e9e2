import { pause } from './pause.js';

/** Milliseconds between two reports of the same failure. */
const REPORT_MS = 60_000;

export interface Trying {
  /** Milliseconds between the end of an attempt and the next. */
  readonly pauseMs: number;
  /** Ends the attempts; one that is under way is waited for. */
  readonly signal: AbortSignal;
  /** Hears of a failure: of the first, of each that is another than the one before, and else once a minute. */
  onFailure(error: unknown): void;
  /** Milliseconds by `performance.now()`. Left out: now. */
  readonly now?: () => number;
}

/**
 * Does something again and again until it succeeds, whatever goes wrong: for what a service cannot do without, and
 * what a person may have to mend. @returns what came of it; undefined once the signal aborts
 */
export async function untilItSucceeds<T>(
  work: () => Promise<T>,
  { pauseMs, signal, onFailure, now = () => performance.now() }: Trying,
): Promise<T | undefined> {
  let reported = { text: '', at: Number.NEGATIVE_INFINITY };
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      const text = String(error);
      if (!signal.aborted && (text !== reported.text || now() - reported.at >= REPORT_MS)) {
        reported = { text, at: now() };
        onFailure(error);
      }
      await pause(pauseMs, signal);
    }
  }
  return undefined;
}
