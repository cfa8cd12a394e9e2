import { constants } from 'node:os';
import type { Log } from '../log/create-log.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Ends the process in an orderly way on the first signal, and at once on the second: whoever presses Ctrl-C
 * twice means it. Returns what removes the handlers.
 *
 * @param stop resolves with whether the end was clean: exit code 0, else 1
 */
export function stopOnSignals(stop: () => Promise<boolean>, log: Log): () => void {
  let stopping = false;
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    if (stopping) process.exit(128 + constants.signals[signal]);
    stopping = true;
    log.info({ signal }, 'The service is ending.');
    void stop().then((clean) => process.exit(clean ? 0 : 1));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
