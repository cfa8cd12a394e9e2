import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/apps/cli/src/main.js', import.meta.url));

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly out: { stdout: string; stderr: string };
  /** Its exit code; null when a signal ended it. */
  readonly exit: Promise<number | null>;
}

/**
 * Starts `runnel` as a person would, with nothing of the tester's environment but the PATH. Whoever starts it ends it.
 *
 * @param stdout a file to redirect its output to. Left out: it is kept
 */
export function startRunnel(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdout: number | 'pipe' = 'pipe',
): RunningCommand {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['pipe', stdout, 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  child.stdout?.on('data', (bytes: Buffer) => {
    out.stdout += bytes.toString();
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    out.stderr += bytes.toString();
  });
  return { child, out, exit: once(child, 'close').then(([code]) => code as number | null) };
}
