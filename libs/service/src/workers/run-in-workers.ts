import cluster from 'node:cluster';
import type { Log } from '../log/create-log.js';
import { switchLevelOnSignal } from '../log/switch-level.js';
import { createMetrics } from '../metrics/create-metrics.js';
import type { RunningService } from '../run/run-service.js';
import { stopOnSignals } from '../run/stop-on-signals.js';
import { AFTER_DRAIN_MS } from '../run/stop-service.js';
import { Crew } from './crew.js';
import { CrewMember } from './crew-member.js';

/** Milliseconds beyond a worker's own limits before it is killed. */
const PATIENCE_MS = 5_000;
/** Tells a worker its number. */
const NUMBER_ENV = 'RUNNEL_WORKER_NUMBER';

export interface WorkersOptions {
  /** Name of the service in logs and metrics. */
  readonly name: string;
  /** Processes that serve; with 1 it is this one. */
  readonly workers: number;
  /** Milliseconds that a worker's work gets to end by itself: the leading process waits for that, too. */
  readonly drainMs: number;
  /** Makes the log of a process. @param worker its number; undefined for the one that leads, or is alone */
  readonly log: (worker: number | undefined) => Log;
}

/**
 * Runs a service in several processes that share its ports, so that it uses as many cores (ADR 0022). This program runs
 * again in each of them.
 *
 * @param start starts the service, with what a worker has to hand to `runService` as `crew`
 * @throws StartError when a worker does not start
 */
export async function runInWorkers(
  { name, workers, drainMs, log: logOf }: WorkersOptions,
  start: (log: Log, crew: CrewMember | undefined) => Promise<RunningService>,
): Promise<void> {
  if (cluster.isWorker) await beWorker(logOf, start);
  else if (workers === 1) await start(logOf(undefined), undefined);
  else await lead(name, workers, drainMs, logOf(undefined));
}

async function lead(name: string, size: number, drainMs: number, log: Log): Promise<void> {
  const crew = new Crew({
    size,
    log,
    registry: createMetrics(name),
    fork: (number) => {
      const worker = cluster.fork({ [NUMBER_ENV]: String(number) });
      log.info({ worker: number, pid: worker.process.pid }, 'A worker is started.');
      return worker;
    },
    stopMs: drainMs + AFTER_DRAIN_MS + PATIENCE_MS,
  });
  stopOnSignals(() => crew.stop(), log);
  switchLevelOnSignal(log);
  process.on('SIGUSR2', () => crew.signal('SIGUSR2'));
  const address = await crew.start();
  log.info({ address, workers: size }, 'All workers are listening.');
}

async function beWorker(
  logOf: WorkersOptions['log'],
  start: (log: Log, crew: CrewMember) => Promise<RunningService>,
): Promise<void> {
  // A terminal and some supervisors send them to all processes; the one that leads says when it is time.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => {});
  const number = Number(process.env[NUMBER_ENV]);
  const crew = new CrewMember(number, processChannel());
  const log = logOf(number);
  const service = await start(log, crew);
  switchLevelOnSignal(log);
  crew.begin(service.url, () => {
    void service.close().then((clean) => process.exit(clean ? 0 : 1));
  });
}

function processChannel() {
  return {
    send: (message: object, done: (error: Error | null) => void) =>
      process.send?.(message, undefined, undefined, done),
    on: (event: 'message', listener: (message: unknown) => void) => process.on(event, listener),
  };
}
