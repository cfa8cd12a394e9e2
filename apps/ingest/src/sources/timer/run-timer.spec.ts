import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { StreamEntry } from '#libs/catalogue';
import { eventually } from '#libs/testing';
import { SOON_MS, type SourceSystem, startSourceSystem } from '../fixtures/source-system.js';
import type { SourceRunner } from '../running/source-runner.js';

let system: SourceSystem;
let runners: readonly SourceRunner[] = [];

beforeAll(async () => {
  system = await startSourceSystem();
});

afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
});

afterAll(() => system?.close());

interface Tick {
  readonly timestamp: number;
  readonly timezone_utc: string;
}

const ticksOf = async (entry: StreamEntry) => (await system.values(entry)) as Tick[];

async function afterTicks(entry: StreamEntry, count: number): Promise<Tick[]> {
  return eventually(
    `${count} ticks`,
    async () => {
      const ticks = await ticksOf(entry);
      return ticks.length >= count && ticks;
    },
    SOON_MS + count * 1_000,
  );
}

describe('a timer', () => {
  it('makes one event a tick while three replicas run it', async () => {
    runners = await system.run(3);
    const entry = await system.deploy({ type: 'timer', interval_seconds: 1 });
    const ticks = await afterTicks(entry, 5);
    const first = ticks[0]?.timestamp ?? 0;
    expect(ticks.map(({ timestamp }) => timestamp)).toEqual(ticks.map((_tick, index) => first + index));
    expect(ticks[0]).toEqual({
      timestamp: first,
      timezone_utc: new Date(first * 1_000).toISOString(),
      interval_seconds: 1,
    });
  }, 30_000);

  it('goes on when replicas end one after the other', async () => {
    runners = await system.run(3);
    const entry = await system.deploy({ type: 'timer', interval_seconds: 1 });
    for (const runner of runners.slice(1)) {
      const { length } = await afterTicks(entry, 1);
      await runner.close();
      await afterTicks(entry, length + 2);
    }
    const seconds = (await ticksOf(entry)).map(({ timestamp }) => timestamp);
    expect(seconds).toEqual(seconds.map((_second, index) => (seconds[0] ?? 0) + index));
  }, 40_000);

  it('ticks by a cron pattern in its time zone', async () => {
    runners = await system.run(2);
    const entry = await system.deploy({ type: 'timer', cron: '* * * * * *', timezone: 'Asia/Kolkata' });
    const ticks = await afterTicks(entry, 2);
    expect(ticks[0]).toMatchObject({ cron: '* * * * * *', timezone: 'Asia/Kolkata' });
    expect((ticks[1]?.timestamp ?? 0) - (ticks[0]?.timestamp ?? 0)).toBe(1);
  }, 30_000);

  it('stops when it is deactivated, and starts again without the ticks that it missed', async () => {
    runners = await system.run(2);
    const entry = await system.deploy({ type: 'timer', interval_seconds: 1 });
    await afterTicks(entry, 1);
    const stopped = await system.change(entry, { active: false });
    await expectSilence(stopped);
    const before = await ticksOf(entry);
    const startedAt = Date.now();
    await system.change(entry, { active: true });
    const ticks = await afterTicks(entry, before.length + 1);
    expect((ticks[before.length]?.timestamp ?? 0) * 1_000).toBeGreaterThan(startedAt - 1_000);
  }, 40_000);

  it('takes new settings over, and ends with its source', async () => {
    runners = await system.run(2);
    const entry = await system.deploy({ type: 'timer', interval_seconds: 3_600 });
    const changed = await system.change(entry, { interval_seconds: 1, channel: 'second' });
    await afterTicks(entry, 1);
    await system.catalogue.delete(entry.id);
    await expectSilence(changed);
  }, 40_000);

  it('goes on when the clock is set back, or forward', async () => {
    runners = await system.run(1);
    const entry = await system.deploy({ type: 'timer', interval_seconds: 1 });
    await afterTicks(entry, 1);
    const real = Date.now;
    for (const hours of [-1, 1]) {
      const { length } = await ticksOf(entry);
      const clock = jest.spyOn(Date, 'now').mockImplementation(() => real() + hours * 3_600_000);
      const last = (await afterTicks(entry, length + 3)).at(-1);
      expect(Math.abs((last?.timestamp ?? 0) - Date.now() / 1_000)).toBeLessThan(60);
      clock.mockRestore();
    }
  }, 40_000);

  it('goes on after NATS was away, without a burst', async () => {
    runners = await system.run(1);
    const entry = await system.deploy({ type: 'timer', interval_seconds: 1 });
    await afterTicks(entry, 1);
    await system.server.restart();
    const before = (await eventually('the log is read', () => ticksOf(entry))).length;
    const ticks = await afterTicks(entry, before + 2);
    const seconds = ticks.map(({ timestamp }) => timestamp);
    expect(new Set(seconds).size).toBe(seconds.length);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  }, 40_000);
});

/** Waits until no tick has come for more than two intervals; it must not take longer than 5 s to fall silent. */
async function expectSilence({ updatedAt, ...entry }: StreamEntry): Promise<void> {
  let ticks = await ticksOf(entry as StreamEntry);
  let changedAt = Date.now();
  await eventually(
    'the timer is silent',
    async () => {
      const now = await ticksOf(entry as StreamEntry);
      if (now.length !== ticks.length) changedAt = Date.now();
      ticks = now;
      return Date.now() - changedAt > 2_500;
    },
    SOON_MS,
  );
  const last = (ticks.at(-1)?.timestamp ?? 0) * 1_000;
  expect(last).toBeLessThan(Date.parse(updatedAt) + 5_000);
}
