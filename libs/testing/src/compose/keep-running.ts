import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds before what has ended is started again. */
const PAUSE_MS = 500;

/** A process that can be started again after it has ended. */
export interface Restartable {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process that runs at the moment has ended. */
  exited(): Promise<unknown>;
  restart(): Promise<unknown>;
}

/**
 * Starts a process again each time that it ends, as `restart: unless-stopped` does, until the signal aborts.
 *
 * @param onProgress called with what has happened
 */
export async function keepRunning(
  process: Restartable,
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<void> {
  for (;;) {
    await process.exited();
    await sleep(PAUSE_MS);
    if (signal.aborted) return;
    onProgress(`${process.name} has ended, and is started again.`);
    try {
      await process.restart();
      onProgress(`${process.name} runs again, pid ${process.pid}.`);
    } catch (error) {
      onProgress(`${process.name} did not start: ${(error as Error).message.split('\n')[0]}`);
    }
  }
}
