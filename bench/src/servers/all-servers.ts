import { epoll } from './epoll.js';
import { nchan } from './nchan.js';
import { betterSse, nestSse, nodeHttp } from './node-peers.js';
import { pushpin } from './pushpin.js';
import { runnel } from './runnel.js';
import type { BenchServer, ServerKind, ServerName } from './server.js';

const KINDS: readonly ServerKind[] = [runnel, nchan, pushpin, betterSse, nestSse, nodeHttp, epoll];

/** Servers that run at the same time, to be measured in turns. */
export interface Lineup {
  readonly servers: readonly BenchServer[];
  stop(): Promise<void>;
}

/**
 * Starts servers beside each other.
 *
 * @param wanted names; those that cannot run here are left out
 * @param failed told of those that do not start, which are left out too
 */
export async function startLineup(
  wanted: readonly ServerName[],
  failed: (server: string, error: unknown) => void,
): Promise<Lineup> {
  const servers: BenchServer[] = [];
  for (const kind of KINDS) {
    if (!wanted.includes(kind.name) || kind.unavailable() !== undefined) continue;
    try {
      servers.push(await kind.start());
    } catch (error) {
      failed(kind.name, error);
    }
  }
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  return { servers, stop };
}

/** Does something with each server in turn, and leaves out those with which it fails. */
export async function withEach<Result>(
  servers: readonly BenchServer[],
  failed: (server: string, error: unknown) => void,
  work: (server: BenchServer) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const server of servers) {
    try {
      results.push(await work(server));
    } catch (error) {
      failed(server.name, error);
    }
  }
  return results;
}

/** Why servers cannot run here, one sentence each. */
export function missingServers(wanted: readonly ServerName[]): string[] {
  return KINDS.filter(({ name }) => wanted.includes(name)).flatMap((kind) => {
    const why = kind.unavailable();
    return why === undefined ? [] : [`${kind.name} was left out: ${why}.`];
  });
}
