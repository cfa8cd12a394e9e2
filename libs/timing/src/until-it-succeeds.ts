import { pause } from './pause.js';

export interface Trying {
  /** Milliseconds between the end of an attempt and the next. */
  readonly pauseMs: number;
  /** Ends the attempts; one that is under way is waited for. */
  readonly signal: AbortSignal;
  /** Hears of each failure. @param attempt counted from 0, so that a log can have the first one only */
  onFailure(error: unknown, attempt: number): void;
}

/** Does something again and again until it succeeds. @returns what came of it; undefined once the signal aborts */
export async function untilItSucceeds<T>(
  work: () => Promise<T>,
  { pauseMs, signal, onFailure }: Trying,
): Promise<T | undefined> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!signal.aborted) onFailure(error, attempt);
      await pause(pauseMs, signal);
    }
  }
  return undefined;
}
