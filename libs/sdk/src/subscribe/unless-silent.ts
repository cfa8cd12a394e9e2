import { childOf } from '../child-of.js';
import { ConnectError } from '../errors.js';
import { pauseUntilWoken } from '../wake-ups.js';

/** Milliseconds without an answer, or a byte, after which somebody counts as dead. */
export const SILENCE_MS = 45_000;

/**
 * What the promise gives.
 *
 * @param who is waited for, as the error names it
 * @throws ConnectError when it takes longer than the limit, or the signal aborts before; whatever the promise throws
 */
export function unlessSilent<T>(
  limitMs: number,
  who: string,
  promise: Promise<T>,
  signal?: AbortSignal | undefined,
): Promise<T> {
  const over = childOf(signal);
  return Promise.race([promise, silence(limitMs, who, over.signal)]).finally(() => over.abort());
}

async function silence(limitMs: number, who: string, signal: AbortSignal): Promise<never> {
  const [since, begun] = [Date.now(), performance.now()];
  // The clock goes on while a machine sleeps or a page is frozen, and timers do not; but it may be set back.
  do await pauseUntilWoken(limitMs, signal);
  while (Math.max(Date.now() - since, performance.now() - begun) < limitMs && !signal.aborted);
  throw new ConnectError(who, 'was silent');
}
