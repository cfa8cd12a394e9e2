import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { NatsServerFailed, NatsServerInUse } from '../errors.js';
import { type ProcessInfo, processInfo } from './process-info.js';
import { ServerFiles } from './server-files.js';

const POLL_MS = 20;

/** Notes a server and its owner: the first line is the server's pid, the second that of this process. */
export async function writePidFile(pidFile: string, serverPid: number): Promise<void> {
  await writeFile(pidFile, `${serverPid}\n${process.pid}\n`);
}

/**
 * Ends the server that a killed parent left behind, since two servers on one store corrupt it. The pid alone
 * proves nothing, because pids are used again: the command line must name our run directory.
 *
 * @param boundMs milliseconds from SIGTERM to SIGKILL
 * @returns once it has gone; at once when there is none
 * @throws NatsServerInUse when its parent still lives: then it is no orphan but somebody's server
 */
export async function stopOrphan(pidFile: string, boundMs: number): Promise<void> {
  const [server, owner] = await readPids(pidFile);
  if (server === undefined) return;
  const running = (): Promise<ProcessInfo | undefined> =>
    ourServer(server, ServerFiles.runDirectory(pidFile));
  const seen = await running();
  // The system gives orphans another parent, so one that still has its owner has a living one.
  if (seen !== undefined && seen.parent === owner) {
    throw new NatsServerInUse(
      `${pidFile} belongs to the nats-server (pid ${server}) of a process that runs (pid ${owner}): stop that first`,
    );
  }
  if (seen !== undefined) await end(server, running, boundMs);
  await rm(pidFile, { force: true });
}

async function readPids(pidFile: string): Promise<[server?: number, owner?: number]> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const match = /^(\d+)\n(\d+)\n$/.exec(text);
  return match === null ? [] : [Number(match[1]), Number(match[2])];
}

async function ourServer(pid: number, runDirectory: string): Promise<ProcessInfo | undefined> {
  const info = await processInfo(pid);
  return info?.command.includes(runDirectory) ? info : undefined;
}

async function end(pid: number, running: () => Promise<unknown>, boundMs: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    send(pid, signal);
    const deadline = performance.now() + boundMs;
    while (performance.now() < deadline) {
      if ((await running()) === undefined) return;
      await sleep(POLL_MS);
    }
  }
  throw new NatsServerFailed(`An orphaned nats-server (pid ${pid}) cannot be stopped`);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Gone in the meantime, which is what we want; not ours to signal shows in the wait.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
