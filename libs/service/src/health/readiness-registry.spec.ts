import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Problem } from '#libs/contracts';
import { NotReady } from '../errors.js';
import { createLog } from '../log/create-log.js';
import { ReadinessRegistry } from './readiness-registry.js';

const lines: Record<string, unknown>[] = [];
const log = createLog({
  service: 'x',
  level: 'debug',
  destination: { write: (line) => void lines.push(JSON.parse(line)) },
});

const drain = { draining: false };
let registry: ReadinessRegistry;

beforeEach(() => {
  jest.useFakeTimers();
  lines.length = 0;
  drain.draining = false;
  registry = new ReadinessRegistry(log, drain);
});

afterEach(() => {
  jest.useRealTimers();
});

describe('ReadinessRegistry', () => {
  it('is ready without any check', async () => {
    expect(await registry.ask()).toEqual({ status: 'ok', checks: {} });
  });

  it('is not ready as soon as one check fails, and says which and why', async () => {
    registry.add('fine', () => {});
    registry.add('nats', () => {
      throw new NotReady('There is no connection.');
    });
    registry.add('auth', async () => {
      throw new Problem('unavailable', 'Nobody answers.');
    });
    expect(await registry.ask()).toEqual({
      status: 'unavailable',
      checks: {
        fine: { status: 'ok' },
        nats: { status: 'failed', detail: 'There is no connection.' },
        auth: { status: 'failed', detail: 'Nobody answers.' },
      },
    });
  });

  it('shows nothing of an error that was not written for callers, and logs it', async () => {
    registry.add('nats', () => {
      throw new Error('connect ECONNREFUSED hunter2');
    });
    expect(JSON.stringify(await registry.ask())).not.toContain('hunter2');
    expect(JSON.stringify(lines)).toContain('hunter2');
  });

  it('runs a check once in half a second, however often it is asked', async () => {
    const check = jest.fn<() => void>();
    registry.add('x', check);
    await Promise.all([registry.ask(), registry.ask()]);
    jest.advanceTimersByTime(499);
    await registry.ask();
    expect(check).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(1);
    await registry.ask();
    expect(check).toHaveBeenCalledTimes(2);
  });

  it('does not wait for a check that hangs longer than two seconds, and does not start it again meanwhile', async () => {
    let finish = () => {};
    const check = jest.fn<() => Promise<void>>(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    registry.add('x', check);
    const asked = registry.ask();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await asked).toMatchObject({
      checks: { x: { status: 'failed', detail: 'No answer within 2000 ms.' } },
    });
    await registry.ask();
    expect(check).toHaveBeenCalledTimes(1);

    finish();
    await jest.advanceTimersByTimeAsync(0);
    check.mockResolvedValue(undefined);
    expect(await registry.ask()).toMatchObject({ status: 'ok' });
  });

  it('leaves no timer behind', async () => {
    registry.add('x', async () => {});
    await registry.ask();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('forgets a check that was removed, and frees its name', async () => {
    const fail = () => {
      throw new NotReady('no');
    };
    const remove = registry.add('x', fail);
    expect(() => registry.add('x', fail)).toThrow('already');
    remove();
    registry.add('x', () => {});
    remove();
    expect(await registry.ask()).toEqual({ status: 'ok', checks: { x: { status: 'ok' } } });
  });

  it('is not ready while the service ends', async () => {
    drain.draining = true;
    expect(await registry.ask()).toMatchObject({
      status: 'unavailable',
      checks: { drain: { status: 'failed' } },
    });
  });

  it('logs each change once', async () => {
    let ready = false;
    registry.add('x', () => {
      if (!ready) throw new NotReady('no');
    });
    await registry.ask();
    await registry.ask();
    ready = true;
    jest.advanceTimersByTime(500);
    await registry.ask();
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['warn', 'The service is not ready.'],
      ['info', 'The service is ready.'],
    ]);
  });
});
