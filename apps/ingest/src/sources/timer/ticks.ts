import { Cron } from 'croner';

/** When a timer ticks. */
export type Schedule =
  | { readonly intervalSeconds: number }
  | { readonly cron: string; readonly timezone: string };

/**
 * The first tick after a moment, in milliseconds since 1970; undefined when there is none any more.
 *
 * It depends on nothing but its arguments, so every replica finds the same ticks: those of an interval are its
 * multiples since 1970, wherever and whenever the timer was started.
 *
 * Where clocks are changed, a cron schedule with one time of day ticks once a day: at a time that is left out, when
 * the clock goes on; at a time that comes twice, the first time. One with several times keeps to the clock: what is
 * left out does not tick, and what comes twice ticks twice.
 */
export function tickAfter(schedule: Schedule, moment: number): number | undefined {
  if ('cron' in schedule) {
    return cronOf(schedule.cron, schedule.timezone).nextRun(new Date(moment))?.getTime();
  }
  const step = schedule.intervalSeconds * 1_000;
  return (Math.floor(moment / step) + 1) * step;
}

/** What is wrong with a cron pattern, or undefined. */
export function cronFault(pattern: string): string | undefined {
  // croner would also take dates, years, and `?` for the moment at which it reads the pattern.
  if (!/^(?:@[a-z]+|[0-9A-Za-z*,/#-]+(?: +[0-9A-Za-z*,/#-]+){4,5})$/.test(pattern)) {
    return 'must have five fields (minute, hour, day, month, weekday), or six with the seconds first';
  }
  try {
    return cronOf(pattern, 'UTC').nextRun() === null ? 'must name a time that comes' : undefined;
  } catch {
    return 'must be a cron pattern, such as 0 9 * * 1-5';
  }
}

/** Whether this is the name of a time zone that is known here. */
export function isTimezone(name: string): boolean {
  // An offset such as +02:00 would do, but has no rules for summer time, which people expect of a zone.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function cronOf(pattern: string, timezone: string): Cron {
  return new Cron(pattern, { timezone, paused: true, mode: '5-or-6-parts' });
}
