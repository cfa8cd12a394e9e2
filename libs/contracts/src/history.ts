import { REPLAY_EVENTS } from './limits.js';
import type { StreamRef } from './stream.js';

/** How much of a stream is kept: events leave with whichever limit they reach first. */
export interface HistoryLimits {
  /** 1 to {@link MAX_HISTORY_EVENTS}. */
  readonly maxEvents: number;
  /** Seconds, 1 to {@link MAX_HISTORY_AGE_S}; null for no such limit. */
  readonly maxAgeS: number | null;
}

/** Most events that the owner of a stream can have kept. */
export const MAX_HISTORY_EVENTS = 10_000;

/** Longest time in seconds that can be set: a year. */
export const MAX_HISTORY_AGE_S = 31_536_000;

/** What is kept where the owner has not said otherwise. */
export const DEFAULT_HISTORY: HistoryLimits = { maxEvents: REPLAY_EVENTS, maxAgeS: null };

/** A stream, and how much of it is kept. */
export interface KeptStream extends StreamRef {
  /** Default: {@link DEFAULT_HISTORY}. */
  readonly history?: HistoryLimits | undefined;
}

/** The limits in force for a stream. */
export function historyOf({ history = DEFAULT_HISTORY }: KeptStream): HistoryLimits {
  return history;
}

/** Whether two limits are the same. */
export function sameHistory(a: HistoryLimits, b: HistoryLimits): boolean {
  return a.maxEvents === b.maxEvents && a.maxAgeS === b.maxAgeS;
}

/** When the oldest event that is still in history can have happened, in milliseconds since 1970. */
export function oldestTime({ maxAgeS }: HistoryLimits, now = Date.now()): number {
  return maxAgeS === null ? Number.NEGATIVE_INFINITY : now - maxAgeS * 1_000;
}
