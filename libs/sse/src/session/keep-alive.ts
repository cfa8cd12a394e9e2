import { type Beating, HeartbeatWheel } from '../heartbeat.js';

const SHORTEST_MS = 1_000;
const LONGEST_MS = 3_600_000;

/** The wheels that have members, by their interval. */
const wheels = new Map<number, { readonly wheel: HeartbeatWheel; members: number }>();

/**
 * Beats for a member once an interval, rounded to whole seconds between one second and an hour. All sessions of the
 * process with the same interval share one wheel, and so one timer, which ends with the last of them.
 *
 * @returns what ends it; safe to call twice
 */
export function keepAlive(member: Beating, intervalMs: number): () => void {
  const key = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.round(intervalMs / 1_000) * 1_000));
  const entry = wheels.get(key) ?? { wheel: new HeartbeatWheel(key), members: 0 };
  wheels.set(key, entry);
  entry.members += 1;
  let remove: (() => void) | undefined = entry.wheel.add(member);
  return () => {
    if (remove === undefined) return;
    remove();
    remove = undefined;
    entry.members -= 1;
    if (entry.members === 0) wheels.delete(key);
  };
}
