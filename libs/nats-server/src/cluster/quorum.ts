import { setTimeout as sleep } from 'node:timers/promises';
import { NatsServerFailed } from '../errors.js';
import type { NatsServer } from '../run/options.js';

const POLL_MS = 50;

/**
 * Waits until the servers agree on one leader of JetStream's metadata, know of each other and report to be
 * healthy: from then on streams with as many replicas can be made.
 *
 * @param servers of one cluster, with monitoring
 * @throws NatsServerFailed when that takes longer than `timeoutMs`
 */
export async function waitForQuorum(servers: readonly NatsServer[], timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await haveQuorum(servers))) {
    if (performance.now() > deadline) {
      const logs = servers.flatMap((server) => server.logs().slice(-7));
      throw new NatsServerFailed(`The cluster has no JetStream leader after ${timeoutMs} ms`, logs);
    }
    await sleep(POLL_MS);
  }
}

interface JetStreamState {
  readonly meta_cluster?: { readonly leader?: string; readonly cluster_size?: number };
}

async function haveQuorum(servers: readonly NatsServer[]): Promise<boolean> {
  try {
    const states = await Promise.all(
      servers.map(async ({ monitoringUrl }) => {
        const health = await fetch(`${monitoringUrl}/healthz`);
        await health.body?.cancel();
        const state = await fetch(`${monitoringUrl}/jsz`);
        const { meta_cluster: meta } = (await state.json()) as JetStreamState;
        return health.ok && meta?.cluster_size === servers.length ? meta.leader : undefined;
      }),
    );
    return states[0] !== undefined && states[0] !== '' && states.every((leader) => leader === states[0]);
  } catch {
    // A server that does not answer yet, or no longer: the deadline decides.
    return false;
  }
}
