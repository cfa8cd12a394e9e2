import { afterEach, describe, expect, it } from '@jest/globals';
import { createLog } from '#libs/service';
import type { FirstAdminKey } from './ensure-first-admin-key.js';
import { FirstStart } from './first-start.js';

const running: FirstStart[] = [];
afterEach(() => {
  for (const firstStart of running.splice(0)) firstStart.beforeApplicationShutdown();
});

function started(ensure: () => Promise<FirstAdminKey>, isKept: () => Promise<boolean> = async () => true) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ service: 'test', level: 'info', destination });
  const firstStart = new FirstStart({ ensure, isKept, lookMs: 1 }, log);
  firstStart.onApplicationBootstrap();
  running.push(firstStart);
  return { firstStart, lines };
}

describe('FirstStart', () => {
  it('tries until it succeeds, and says once that it does', async () => {
    let failures = 2;
    const { firstStart, lines } = started(async () => {
      if (failures-- > 0) throw new Error('not yet');
      return { created: true };
    });
    expect(firstStart.isDone).toBe(false);
    expect(await firstStart.done).toEqual({ created: true });
    expect(firstStart.isDone).toBe(true);
    expect(lines).toHaveLength(1);
  });

  it('is undefined when the service ends before', async () => {
    let attempts = 0;
    const { firstStart } = started(() => {
      attempts += 1;
      return Promise.reject(new Error('never'));
    });
    firstStart.beforeApplicationShutdown();
    expect(await firstStart.done).toBeUndefined();
    expect([firstStart.isDone, attempts]).toEqual([false, 1]);
  });

  it('tells whoever runs the service why the configured key is not in force', async () => {
    const { firstStart, lines } = started(async () => ({ created: false, warning: 'It was revoked.' }));
    await firstStart.done;
    expect(lines.join()).toContain('It was revoked.');
  });

  it('does it again when what it set up is gone, and tells of it; not while nobody can say', async () => {
    const looks = [() => true, () => Promise.reject(new Error('away')), () => false];
    let attempts = 0;
    const { firstStart, lines } = started(
      async () => {
        attempts += 1;
        return { created: true, key: `key ${attempts}` };
      },
      async () => (looks.shift() ?? (() => true))(),
    );
    const anew = new Promise((resolve) => firstStart.onAnew(resolve));
    expect(await firstStart.done).toEqual({ created: true, key: 'key 1' });
    expect(await anew).toEqual({ created: true, key: 'key 2' });
    expect([firstStart.isDone, attempts, looks.length]).toEqual([true, 2, 0]);
    expect(lines.join()).toContain('The keys are gone');
  });
});
