import { describe, expect, it } from '@jest/globals';
import { deferred } from '../../test/deferred.js';
import { createLog } from '../log/create-log.js';
import { Drain } from './drain.js';

const lines: string[] = [];
const log = createLog({
  service: 'x',
  level: 'info',
  destination: { write: (line) => void lines.push(line) },
});

describe('Drain', () => {
  it('runs every hook, at the same time, with the deadline', async () => {
    const drain = new Drain(log);
    const calls: unknown[] = [];
    const gate = deferred();
    drain.add('first', async (deadline) => {
      calls.push(['first', deadline]);
      await gate.promise;
    });
    drain.add('second', (deadline) => {
      calls.push(['second', deadline]);
      gate.resolve();
    });
    expect(await drain.run(42)).toBe(true);
    expect(calls).toEqual([
      ['first', 42],
      ['second', 42],
    ]);
  });

  it('runs the other hooks when one fails, and names the one', async () => {
    const drain = new Drain(log);
    let ran = false;
    drain.add('broken', () => {
      throw new Error('boom');
    });
    drain.add('sound', () => {
      ran = true;
    });
    expect(await drain.run(0)).toBe(false);
    expect(ran).toBe(true);
    expect(lines.join('')).toContain('"hook":"broken"');
  });

  it('does not run a hook that was removed', async () => {
    const drain = new Drain(log);
    drain.add('x', () => Promise.reject(new Error('boom')))();
    expect(await drain.run(0)).toBe(true);
  });

  it('tells those who hold its signal that it begins', () => {
    const drain = new Drain(log);
    expect(drain.draining).toBe(false);
    drain.begin();
    expect([drain.draining, drain.signal.aborted]).toEqual([true, true]);
  });
});
