import { Problem } from '#libs/contracts';
import { pause, within } from '#libs/timing';

/** Milliseconds before the first repetition; each later pause is twice as long, up to the longest. */
const PAUSE_MS = { first: 50, longest: 500 };
/** Milliseconds that the first answer may take, however short the patience. */
const ONE_ANSWER_MS = 5_000;

/**
 * Asks again while the answer is `unavailable`: an EventSource that is answered 503 gives up for ever (HTML, "fail
 * the connection"), so a browser that comes back while a service or NATS restarts is better held for a moment.
 *
 * @param patienceMs milliseconds until the problem is given to the client after all
 * @param gone whether there is nobody left to answer, or the service ends: asked before and after each pause, so that
 *   the many who are answered at once need no listener
 * @throws what `ask` throws
 */
export async function patiently<T>(
  ask: () => Promise<T>,
  patienceMs: number,
  gone: () => boolean,
): Promise<T> {
  const begun = performance.now();
  const end = begun + patienceMs;
  const latest = begun + Math.max(patienceMs, ONE_ANSWER_MS);
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
    try {
      const answer = await within(latest - performance.now(), inBox(ask()));
      if (answer === undefined)
        throw new Problem('unavailable', 'Whether you may subscribe cannot be found out now.');
      return answer.value;
    } catch (error) {
      const passing = error instanceof Problem && error.code === 'unavailable';
      if (!passing || gone() || performance.now() + pauseMs > end) throw error;
      await pause(pauseMs);
      if (gone()) throw error;
    }
  }
}

/** So that a value which is undefined can be told from none in time. */
async function inBox<T>(promise: Promise<T>): Promise<{ value: T }> {
  return { value: await promise };
}
