import { z } from 'zod';
import { badField, sourceType } from '../source-type.js';
import { runTimer } from './run-timer.js';
import { cronFault, isTimezone, type Schedule } from './ticks.js';

const DEFAULT_TIMEZONE = 'UTC';
const YEAR_S = 366 * 86_400;

const intervalField = z
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(YEAR_S, `must be at most ${YEAR_S}, a year`);

const cronField = z
  .string()
  .max(128, 'must have at most 128 characters')
  .superRefine((pattern, context) => {
    const message = cronFault(pattern);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

const timezoneField = z.string().refine(isTimezone, 'must be the name of a time zone, such as Europe/Berlin');

const fields = {
  interval_seconds: intervalField.optional(),
  cron: cronField.optional(),
  timezone: timezoneField.optional(),
};

type TimerFields = z.output<z.ZodObject<typeof fields>>;

const timerSettings = z.object({
  schedule: z.union([
    z.object({ intervalSeconds: z.number() }),
    z.object({ cron: z.string(), timezone: z.string() }),
  ]),
});

function scheduleOf(settings: unknown): Schedule {
  return timerSettings.parse(settings).schedule;
}

/** An event a tick: at regular intervals, or at the times of a cron pattern in a time zone. */
export const timerSource = sourceType({
  name: 'timer',
  newFields: fields,
  changeFields: fields,
  settings: (wanted) => ({ schedule: scheduleIn(wanted) }),
  changed(settings, change) {
    const { interval_seconds: interval, cron, timezone } = change;
    if (interval === undefined && cron === undefined && timezone === undefined) return settings;
    return { ...settings, schedule: scheduleIn(change, scheduleOf(settings)) };
  },
  view(settings) {
    const schedule = scheduleOf(settings);
    return 'cron' in schedule
      ? { cron: schedule.cron, timezone: schedule.timezone }
      : { interval_seconds: schedule.intervalSeconds };
  },
  run: (source) => runTimer(source, scheduleOf(source.entry.settings)),
});

/** The schedule that is asked for; of the current one, what is left out of a cron schedule stays. */
function scheduleIn(wanted: TimerFields, current?: Schedule): Schedule {
  const { interval_seconds: intervalSeconds, timezone } = wanted;
  if (intervalSeconds !== undefined) {
    if (wanted.cron !== undefined) throw badField('cron', 'cannot be set together with interval_seconds');
    if (timezone !== undefined) throw badField('timezone', 'has no meaning with interval_seconds');
    return { intervalSeconds };
  }
  const before = current !== undefined && 'cron' in current ? current : undefined;
  const cron = wanted.cron ?? before?.cron;
  if (cron === undefined) throw badField('interval_seconds', 'is required, or else cron');
  return { cron, timezone: timezone ?? before?.timezone ?? DEFAULT_TIMEZONE };
}
