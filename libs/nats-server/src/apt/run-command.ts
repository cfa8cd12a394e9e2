import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { onProcessEnd } from '../process-end.js';

export interface RunCommandOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Hears the lines that it writes to file descriptor 3. */
  readonly onStatus?: (line: string) => void;
}

/**
 * Runs a program to its end.
 *
 * @returns its standard output
 * @throws Error whose message is the program's last complaint, when it fails or outlasts `timeoutMs`
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, timeoutMs, onStatus = () => {} }: RunCommandOptions,
): Promise<string> {
  const child = spawn(command, args, {
    cwd,
    // Messages in English: reasons are quoted in ours.
    env: { ...env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // Its own process group, so that apt's download methods, which outlive apt, can be ended with it.
    detached: true,
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child.pid);
  }, timeoutMs);
  const forgetHook = onProcessEnd(() => killGroup(child.pid));
  const output: string[] = [];
  const complaints: string[] = [];
  const [, stdout, stderr, status] = child.stdio;
  createInterface({ input: stdout as Readable }).on('line', (line) => output.push(line));
  createInterface({ input: stderr as Readable }).on('line', (line) => complaints.push(line));
  createInterface({ input: status as Readable }).on('line', onStatus);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (timedOut) throw new Error(`${command} took longer than ${timeoutMs} ms`);
    if (code !== 0) throw new Error(`${command} failed: ${lastComplaint(complaints) ?? `exit code ${code}`}`);
    return output.join('\n');
  } finally {
    clearTimeout(timer);
    forgetHook();
  }
}

/** Apt marks what made it fail with `E:`; other programs end with it. */
function lastComplaint(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => line.startsWith('E:')) ?? lines.findLast((line) => line.trim() !== '');
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself at the same moment.
  }
}
