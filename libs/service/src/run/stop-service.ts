import type { Server } from 'node:http';
import { within } from '#libs/timing';
import type { Drain } from '../drain/drain.js';
import type { Log } from '../log/create-log.js';
import type { OpenSockets } from './open-sockets.js';

/** For what has to follow the drain time: last bytes to slow clients, then draining NATS. */
export const AFTER_DRAIN_MS = 5_000;
/** The part of it in which responses that were ended may still go out. */
const FLUSH_MS = 1_000;
/** How often connections are looked at that have fallen idle meanwhile. */
const IDLE_CHECK_MS = 50;

export interface Stoppable {
  readonly server: Server;
  readonly sockets: OpenSockets;
  readonly drain: Drain;
  readonly drainMs: number;
  readonly log: Log;
  /** Ends what is left when no request is: Nest's life cycle. */
  readonly end: () => Promise<void>;
}

/**
 * The orderly end (ARCHITECTURE.md): not ready, stop accepting, drain hooks and requests in flight, cut what
 * remains, Nest's life cycle.
 *
 * @returns whether all of it went well within the drain time and five seconds; never throws
 */
export async function stopService(service: Stoppable): Promise<boolean> {
  const { sockets, drain, drainMs, log } = service;
  const deadline = performance.now() + drainMs;
  const flushed = deadline + FLUSH_MS;
  drain.begin();
  const closed = stopAccepting(service);

  const drained = await within(flushed - performance.now(), drain.run(deadline));
  if (drained === undefined) log.warn('Drain hooks are not done at the end of the drain time.');
  if ((await within(flushed - performance.now(), closed)) === undefined) {
    log.warn({ connections: sockets.size }, 'Connections were cut at the end of the drain time.');
    sockets.destroyAll();
  }

  const ended = await within(deadline + AFTER_DRAIN_MS - performance.now(), succeeds(service));
  if (ended === undefined) log.warn('The service did not end in time.');
  sockets.destroyAll();
  return drained === true && ended === true;
}

/** Resolves when the last connection is gone. */
async function stopAccepting({ server, sockets }: Stoppable): Promise<true> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  sockets.closeIdle();
  // A connection that is kept alive falls idle after its last response, and Node would then wait for another.
  const timer = setInterval(() => sockets.closeIdle(), IDLE_CHECK_MS);
  await closed;
  clearInterval(timer);
  return true;
}

async function succeeds({ end, log }: Stoppable): Promise<boolean> {
  try {
    await end();
    return true;
  } catch (error) {
    log.error({ err: error }, 'The service did not end well.');
    return false;
  }
}
