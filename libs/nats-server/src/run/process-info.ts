import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What the system tells of a process that is not our child. */
export interface ProcessInfo {
  readonly parent: number;
  /** Its arguments, joined by spaces; empty for a zombie, which has ended but for the name. */
  readonly command: string;
}

/**
 * @returns undefined when there is no such process, or on a system that does not tell (Windows)
 */
export async function processInfo(pid: number): Promise<ProcessInfo | undefined> {
  try {
    return process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid);
  } catch {
    return undefined;
  }
}

/** Containers often lack `ps`, but not /proc. */
async function fromProc(pid: number): Promise<ProcessInfo> {
  const [stat, command] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
  ]);
  // `pid (name) state parent …`: the name may hold spaces and brackets, so count from the last one.
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(parent), command: command.replaceAll('\0', ' ') };
}

async function fromPs(pid: number): Promise<ProcessInfo> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'ppid=,command=', '-p', String(pid)]);
  const match = /^\s*(\d+)\s+(.*)$/m.exec(stdout);
  if (match === null) throw new Error('ps has no line for it');
  return { parent: Number(match[1]), command: match[2] as string };
}
