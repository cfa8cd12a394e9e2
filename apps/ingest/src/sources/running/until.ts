import { pause } from '#libs/timing';

/** Milliseconds after which the clock is looked at again, since it may have been set meanwhile. */
const LONGEST_SLEEP_MS = 30_000;

/** Resolves at a time of the clock in milliseconds since 1970, or at once when the signal aborts. */
export async function until(time: number, signal: AbortSignal): Promise<void> {
  for (let left = time - Date.now(); left > 0 && !signal.aborted; left = time - Date.now()) {
    await pause(Math.min(left, LONGEST_SLEEP_MS), signal);
  }
}
