import { pause } from '#libs/timing';
import type { Hubs } from './hubs.js';

/** The share of the drain time over which connections are ended; the rest is for what is still on its way. */
const SPREAD = 0.8;
/** Milliseconds between two groups. */
const STEP_MS = 50;

/**
 * Ends all subscriber connections, spread over the time that is left, so that their clients do not all come back
 * in the same moment.
 *
 * @param deadline when it must be done, by `performance.now()`
 */
export async function endSessions(hubs: Hubs, deadline: number): Promise<void> {
  const start = performance.now();
  const spreadMs = Math.max(1, (deadline - start) * SPREAD);
  for (;;) {
    const left = hubs.open();
    if (left.length === 0) return;
    const stepsLeft = Math.max(1, (start + spreadMs - performance.now()) / STEP_MS);
    for (const session of left.slice(0, Math.ceil(left.length / stepsLeft))) session.end('drain');
    if (hubs.connections === 0) return;
    await pause(STEP_MS);
  }
}
