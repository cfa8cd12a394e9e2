import type { Log } from './create-log.js';

const SIGNAL = 'SIGUSR2';

/**
 * Lets an operator look closer at a running service: the signal SIGUSR2 sets the log to `debug`, and the next one back
 * to what it was. Returns what removes the handler.
 */
export function switchLevelOnSignal(log: Log): () => void {
  const usual = log.level;
  const onSignal = (): void => {
    log.level = log.level === usual ? 'debug' : usual;
    log[log.level === usual ? 'info' : 'debug']({ logLevel: log.level }, 'The log level was switched');
  };
  process.on(SIGNAL, onSignal);
  return () => process.off(SIGNAL, onSignal);
}
