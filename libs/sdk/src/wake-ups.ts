import { pause } from '#libs/timing';
import { childOf } from './child-of.js';

interface Target {
  addEventListener(type: string, listener: () => void, options: { signal: AbortSignal }): void;
}
const page = globalThis as unknown as Partial<Target> & {
  readonly document?: Target & { readonly visibilityState: string };
};

/** Whether this runs in a page that nobody sees at the moment. */
export function isHidden(): boolean {
  return page.document?.visibilityState === 'hidden';
}

/** Calls the listener when the page is shown or hidden, until the signal is aborted. Nothing outside pages. */
export function onVisibility(listener: () => void, signal: AbortSignal): void {
  page.document?.addEventListener('visibilitychange', listener, { signal });
}

/**
 * Calls the listener when the network is back, and when the page is seen again or was frozen: moments in which timers
 * have lied, and a connection that looks well may be long dead. Nothing outside browsers. Ends with the signal.
 */
export function onWakeUp(listener: () => void, signal: AbortSignal): void {
  onVisibility(() => void (isHidden() || listener()), signal);
  page.addEventListener?.('online', listener, { signal });
  page.document?.addEventListener('resume', listener, { signal });
}

/** Waits; a wake-up ends the wait early, and so does an abort. Neither is an error. */
export async function pauseUntilWoken(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  const over = childOf(signal);
  onWakeUp(() => over.abort(), over.signal);
  await pause(delayMs, over.signal);
  over.abort();
}
