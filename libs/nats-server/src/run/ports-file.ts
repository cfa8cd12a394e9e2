import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Addresses that a server listens on, as it tells them itself. */
export interface ServerPorts {
  readonly port: number;
  /** Only with monitoring: `http://127.0.0.1:8222`. */
  readonly monitoringUrl: string | undefined;
}

const POLL_MS = 15;

/**
 * Waits for the ports file, which nats-server writes once JetStream has recovered and every port is bound.
 * Letting it choose its port and say which is the only way without a race for free ports.
 *
 * @param pid of the server; files of other processes in the directory are leftovers
 * @throws the signal's reason when that fires first
 */
export async function waitForPorts(
  directory: string,
  pid: number,
  signal: AbortSignal,
): Promise<ServerPorts> {
  for (;;) {
    signal.throwIfAborted();
    const ports = await readPorts(directory, pid);
    if (ports !== undefined) return ports;
    await sleep(POLL_MS);
  }
}

async function readPorts(directory: string, pid: number): Promise<ServerPorts | undefined> {
  const name = (await readdir(directory)).find((entry) => entry.endsWith(`_${pid}.ports`));
  if (name === undefined) return undefined;
  try {
    const { nats, monitoring } = JSON.parse(await readFile(join(directory, name), 'utf8'));
    return { port: Number(new URL(nats[0]).port), monitoringUrl: monitoring?.[0] };
  } catch {
    // Seen while it is being written: the next look finds it whole.
    return undefined;
  }
}
