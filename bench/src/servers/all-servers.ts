import { epoll } from './epoll.js';
import { nchan } from './nchan.js';
import { betterSse, nestSse } from './node-peers.js';
import { runnel } from './runnel.js';
import type { BenchServer, ServerKind, ServerName } from './server.js';

const KINDS: readonly ServerKind[] = [runnel, nchan, betterSse, nestSse, epoll];

/** Servers that run at the same time, to be measured in turns. */
export interface Lineup {
  readonly servers: readonly BenchServer[];
  stop(): Promise<void>;
}

/**
 * Starts servers beside each other.
 *
 * @param wanted names; those that cannot run here are left out
 */
export async function startLineup(wanted: readonly ServerName[]): Promise<Lineup> {
  const servers: BenchServer[] = [];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    for (const kind of KINDS) {
      if (wanted.includes(kind.name) && kind.unavailable() === undefined) servers.push(await kind.start());
    }
    return { servers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Why servers cannot run here, one sentence each. */
export function missingServers(wanted: readonly ServerName[]): string[] {
  return KINDS.filter(({ name }) => wanted.includes(name)).flatMap((kind) => {
    const why = kind.unavailable();
    return why === undefined ? [] : [`${kind.name} was left out: ${why}.`];
  });
}
