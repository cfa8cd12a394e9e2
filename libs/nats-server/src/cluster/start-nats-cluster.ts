import { isPortTaken } from '../errors.js';
import { findNatsServer } from '../find/find-nats-server.js';
import type { NatsServer, StartNatsServerOptions } from '../run/options.js';
import { startNatsServer } from '../run/start-nats-server.js';
import { freePorts } from './free-ports.js';
import { waitForQuorum } from './quorum.js';

type PerServer = 'cluster' | 'port' | 'storeDir' | 'pidFile' | 'monitoring';

/** What holds for each server is as in {@link startNatsServer}; stores are temporary, ports free ones. */
export interface StartNatsClusterOptions extends Omit<StartNatsServerOptions, PerServer> {
  /** Servers, 1 or more; JetStream's replicas want an odd number. Default: 3. */
  readonly size?: number;
  /** Default: `runnel`. */
  readonly name?: string;
  /** Milliseconds from the start of all servers to a JetStream leader. Default: 30,000. */
  readonly quorumTimeoutMs?: number;
}

/** Servers that run as one system. Whoever started it calls `stop()`. */
export interface NatsCluster {
  /** Each can be killed and restarted on its own; all have monitoring. */
  readonly servers: readonly NatsServer[];
  /** Of all servers, as a client wants them to survive the loss of one. */
  readonly urls: readonly string[];
  /** Stops all and removes their stores. May be called again. */
  stop(): Promise<void>;
}

/** Another program may take a route's port between the choice and the bind. */
const ATTEMPTS = 3;

/**
 * Starts a cluster on this machine, for tests, benchmarks and trials: its routes are open to everybody here.
 * Resolves when JetStream has a leader and every server is healthy.
 *
 * @throws NatsServerFailed, with nothing left running or on the disk
 */
export async function startNatsCluster(options: StartNatsClusterOptions = {}): Promise<NatsCluster> {
  const { size = 3, quorumTimeoutMs = 30_000 } = options;
  const binary = options.binary ?? (await findNatsServer(options.find)).path;
  const servers = await startServers({ ...options, binary, size }, ATTEMPTS);
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    await waitForQuorum(servers, quorumTimeoutMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return { servers, urls: servers.map(({ url }) => url), stop };
}

async function startServers(
  options: StartNatsClusterOptions & { readonly size: number },
  attempts: number,
): Promise<NatsServer[]> {
  const { size, name = 'runnel', host = '127.0.0.1' } = options;
  const ports = await freePorts(size, host);
  const routes = ports.map((port) => `nats://${host}:${port}`);
  const starts = await Promise.allSettled(
    ports.map((port, index) =>
      startNatsServer({
        ...options,
        monitoring: true,
        cluster: { name, serverName: `${name}-${index + 1}`, routes, host, port },
      }),
    ),
  );
  const servers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failure = starts.find((start) => start.status === 'rejected');
  if (failure === undefined) return servers;
  await Promise.all(servers.map((server) => server.stop()));
  if (attempts > 1 && isPortTaken(failure.reason)) return await startServers(options, attempts - 1);
  throw failure.reason;
}
