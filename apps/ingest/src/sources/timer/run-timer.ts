import { pause } from '#libs/timing';
import type { SourceRun } from '../running/source-run.js';
import { type Schedule, tickAfter } from './ticks.js';

/** Milliseconds by which a tick may be late and still counts; what was missed before that stays missed. */
const LATE_MS = 3_000;
/** Milliseconds for which a tick is tried at the most: less than JetStream's window, in which it is stored once. */
const TRY_MS = 60_000;
const RETRY_MS = 250;
/** Milliseconds after which the clock is looked at again, since it may have been set meanwhile. */
const LONGEST_SLEEP_MS = 30_000;

/**
 * Sends the ticks from now on. Every replica does so: a tick has the same key and content on all of them, and
 * JetStream keeps the first. So there is no leader to lose, and a tick comes as long as one replica is there. The
 * replicas' clocks may differ by a minute.
 */
export async function runTimer(source: SourceRun, schedule: Schedule): Promise<void> {
  const { signal } = source;
  let moment = Date.now();
  for (;;) {
    const tick = tickAfter(schedule, moment);
    if (tick === undefined) return ended(source);
    const come = await untilTick(schedule, tick, signal);
    if (signal.aborted) return;
    if (!come) {
      moment = Date.now();
      continue;
    }
    const next = tickAfter(schedule, tick) ?? Number.POSITIVE_INFINITY;
    await send(source, schedule, tick, Math.min(next, tick + TRY_MS));
    // Ticks that passed meanwhile, as while NATS was away, do not all come at once.
    moment = Math.max(tick, Date.now() - LATE_MS);
  }
}

/** @returns false when the clock was set back meanwhile, so that other ticks come before this one */
async function untilTick(schedule: Schedule, tick: number, signal: AbortSignal): Promise<boolean> {
  for (let now = Date.now(); now < tick && !signal.aborted; now = Date.now()) {
    if ((tickAfter(schedule, now + LATE_MS) ?? tick) < tick) return false;
    await pause(Math.min(tick - now, LONGEST_SLEEP_MS), signal);
  }
  return true;
}

/** The event of a tick, made of nothing but its time, so that it is the same on every replica. */
export function tickEvent(schedule: Schedule, tick: number) {
  const time = { timestamp: Math.floor(tick / 1_000), timezone_utc: new Date(tick).toISOString() };
  return 'cron' in schedule
    ? { ...time, cron: schedule.cron, timezone: schedule.timezone }
    : { ...time, interval_seconds: schedule.intervalSeconds };
}

async function send(source: SourceRun, schedule: Schedule, tick: number, deadline: number): Promise<void> {
  const value = tickEvent(schedule, tick);
  for (;;) {
    try {
      const { stored } = await source.emit([{ value, key: `tick ${tick}` }]);
      // The other replicas send it too: one of them says so.
      if (stored > 0) source.say(`Tick ${value.timezone_utc}`);
      source.succeeded();
      return;
    } catch (error) {
      if (Date.now() + RETRY_MS < deadline && !source.signal.aborted) {
        await pause(RETRY_MS, source.signal);
        continue;
      }
      source.failed(error);
      return;
    }
  }
}

/** A cron pattern has no end in our time; should one, the source stays as it is until it is changed. */
function ended({ signal, say }: SourceRun): Promise<void> {
  say('There are no more ticks');
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
