import { describe, expect, it } from '@jest/globals';
import { createLog } from '#libs/service';
import { FirstStart } from './first-start.js';

function started(ensure: () => Promise<{ created: boolean; warning?: string }>) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ service: 'test', level: 'info', destination });
  const firstStart = new FirstStart(ensure, log);
  firstStart.onApplicationBootstrap();
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
});
