import { describe, expect, it } from '@jest/globals';
import { cronFault, isTimezone, type Schedule, tickAfter } from './ticks.js';

/** The first ticks after a time, in ISO 8601. */
function ticks(schedule: Schedule, after: string, count: number): string[] {
  const found: string[] = [];
  let moment = Date.parse(after);
  while (found.length < count) {
    moment = tickAfter(schedule, moment) ?? Number.NaN;
    found.push(new Date(moment).toISOString());
  }
  return found;
}

const berlin = (cron: string): Schedule => ({ cron, timezone: 'Europe/Berlin' });

describe('the ticks of an interval', () => {
  it('are its multiples since 1970, so that replicas find the same ones whenever they start', () => {
    for (const start of ['2026-01-01T00:00:01.000Z', '2026-01-01T00:00:14.999Z']) {
      expect(ticks({ intervalSeconds: 15 }, start, 2)).toEqual([
        '2026-01-01T00:00:15.000Z',
        '2026-01-01T00:00:30.000Z',
      ]);
    }
  });

  it('come after the moment, never at it', () => {
    expect(tickAfter({ intervalSeconds: 1 }, 5_000)).toBe(6_000);
    expect(tickAfter({ intervalSeconds: 1 }, 5_999)).toBe(6_000);
  });
});

describe('the ticks of a cron pattern', () => {
  it('are at the time of day of the zone, through the year', () => {
    const nine: Schedule = { cron: '0 9 * * 1-5', timezone: 'America/New_York' };
    expect(ticks(nine, '2026-03-06T00:00:00Z', 3)).toEqual([
      '2026-03-06T14:00:00.000Z',
      // Summer time has begun on the Sunday between.
      '2026-03-09T13:00:00.000Z',
      '2026-03-10T13:00:00.000Z',
    ]);
  });

  it('come once for a time that is left out when summer time begins: when the clock goes on', () => {
    expect(ticks(berlin('30 2 * * *'), '2026-03-28T00:00:00Z', 3)).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  it('come once for a time that comes twice when summer time ends', () => {
    expect(ticks(berlin('30 2 * * *'), '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  it('come every hour through both changes of the clock, when they are meant to', () => {
    for (const change of ['2026-03-28T23:30:00Z', '2026-10-24T23:30:00Z']) {
      const hours = ticks(berlin('0 * * * *'), change, 4).map((tick) => Date.parse(tick));
      expect(hours.map((hour, index) => hour - (hours[index - 1] ?? hour))).toEqual([
        0, 3_600_000, 3_600_000, 3_600_000,
      ]);
    }
  });

  it('may be given to the second', () => {
    expect(ticks({ cron: '*/20 * * * * *', timezone: 'UTC' }, '2026-01-01T00:00:01.5Z', 3)).toEqual([
      '2026-01-01T00:00:20.000Z',
      '2026-01-01T00:00:40.000Z',
      '2026-01-01T00:01:00.000Z',
    ]);
  });

  it('know leap years', () => {
    expect(ticks({ cron: '0 0 29 2 *', timezone: 'UTC' }, '2026-01-01T00:00:00Z', 1)).toEqual([
      '2028-02-29T00:00:00.000Z',
    ]);
  });
});

describe('cronFault', () => {
  it.each([
    '* * * * *',
    '*/5 9-17 * * MON-FRI',
    '0 0 1 JAN *',
    '30 0 0 * * *',
    '@hourly',
    '0 0 L * *',
    '0 0 * * 5#3',
  ])('takes %j', (pattern) => expect(cronFault(pattern)).toBeUndefined());

  it.each([
    '',
    '* * * *',
    '61 * * * *',
    '0 0 1 1 * * 2030',
    '? * * * *',
    '2030-01-01T00:00:00',
    '@reboot',
    '@never',
    'a b c d e',
    '* * * * *\n* * * * *',
  ])('refuses %j', (pattern) => expect(cronFault(pattern)).toEqual(expect.any(String)));

  it('refuses a day that never comes', () => {
    expect(cronFault('0 0 30 2 *')).toBe('must name a time that comes');
  });
});

describe('isTimezone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'])('knows %s', (name) =>
    expect(isTimezone(name)).toBe(true),
  );
  it.each(['', 'Mars/Phobos', '+02:00', 'Berlin', '../etc'])('does not know %j', (name) =>
    expect(isTimezone(name)).toBe(false),
  );
});
