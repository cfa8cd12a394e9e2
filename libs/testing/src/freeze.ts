import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Milliseconds for which the kernel is given time to stop a process that it was told to stop. */
const PATIENCE_MS = 2_000;

/** Whether every thread of a process is stopped; undefined where the system does not show it. */
function isStopped(pid: number): boolean | undefined {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return undefined;
  return readdirSync(tasks).every((task) =>
    /^State:\s+[Tt]/m.test(readFileSync(`${tasks}/${task}/status`, 'utf8')),
  );
}

/**
 * Stops a process where it is, as SIGSTOP does, and returns once it does nothing more: a signal is on its way for a
 * while, and a fast server answers in that time. Whoever freezes a process sends it SIGCONT or kills it.
 *
 * @throws Error where the process is still running 2 s later
 */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  const deadline = performance.now() + PATIENCE_MS;
  while (isStopped(pid) === false) {
    if (performance.now() > deadline) throw new Error(`Process ${pid} does not stop.`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
