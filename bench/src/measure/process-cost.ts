import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of a clock tick: Linux counts a process's time in hundredths of a second for everybody to see. */
const TICK_MS = 10;

/** A process and those it has started. */
export interface MeasuredProcess {
  /** What it does in the server, such as `gateway`. */
  readonly role: string;
  readonly pid: number;
}

/** Milliseconds of CPU, user and system, since each process began; by role. */
export type CpuByRole = Readonly<Record<string, number>>;

/** CPU time of processes and their children, those that have ended included. */
export function cpuMs(processes: readonly MeasuredProcess[]): CpuByRole {
  return byRole(processes, (pid) => parseStat(read(pid, 'stat'))?.cpuMs ?? 0);
}

/** Resident memory of processes and their living children, in bytes. */
export function residentBytes(processes: readonly MeasuredProcess[]): CpuByRole {
  return byRole(processes, (pid) => parseResident(read(pid, 'status')));
}

export function total(values: CpuByRole): number {
  return Object.values(values).reduce((sum, value) => sum + value, 0);
}

/** What was used between two looks. */
export function difference(after: CpuByRole, before: CpuByRole): CpuByRole {
  return Object.fromEntries(
    Object.entries(after).map(([role, value]) => [role, value - (before[role] ?? 0)]),
  );
}

function byRole(processes: readonly MeasuredProcess[], measure: (pid: number) => number): CpuByRole {
  const children = childrenByParent();
  const sums: Record<string, number> = {};
  for (const { role, pid } of processes) {
    sums[role] = familyOf(pid, children).reduce((sum, member) => sum + measure(member), sums[role] ?? 0);
  }
  return sums;
}

/** Everything that a process has started and that runs, directly or not. */
export function descendants(pid: number): number[] {
  return familyOf(pid, childrenByParent()).slice(1);
}

function familyOf(pid: number, children: ReadonlyMap<number, readonly number[]>): number[] {
  const family = [pid];
  // Grows while it is walked: children of children follow.
  for (const member of family) family.push(...(children.get(member) ?? []));
  return family;
}

/** Who has started whom, of everything that runs: not every kernel lists a process's children. */
function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    const parent = parseStat(read(pid, 'stat'))?.parent ?? 0;
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  return children;
}

/** A file of /proc, or an empty text when the process has gone. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** The fields of `/proc/<pid>/stat` that count (proc_pid_stat(5)). */
export function parseStat(text: string): { parent: number; cpuMs: number } | undefined {
  // The second field is the program's name in brackets, and may hold anything, brackets included.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).map(Number);
  if (ticks.length < 4 || ticks.some(Number.isNaN)) return undefined;
  return { parent: Number(fields[1]), cpuMs: ticks.reduce((sum, each) => sum + each, 0) * TICK_MS };
}

/** `VmRSS` of `/proc/<pid>/status`, in bytes. */
export function parseResident(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}
