import type { Io } from '../io.js';

/**
 * Runs something until it is done, or until the user has had enough: Ctrl-C, or a closed output, which both are
 * the usual end of following and no failure.
 */
export async function untilStopped(io: Io, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = AbortSignal.any([io.interrupted(), io.stdout.closed]);
  const stopped = new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve());
  });
  // What cannot be ended in the middle is left behind: the process ends next.
  await Promise.race([work(stop), stopped]);
}
