import { describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import { RunningSource } from './running-source.js';

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });

describe('RunningSource', () => {
  it('runs until it is stopped, and ends with its work', async () => {
    const said: string[] = [];
    const source = new RunningSource({
      run: async (signal) => {
        said.push('begun');
        await untilAborted(signal);
        said.push('ended');
      },
      onFailed: () => {},
    });
    await eventually('it has begun', () => said.length === 1);
    await source.stop();
    await source.stop();
    expect(said).toEqual(['begun', 'ended']);
  });

  it('begins anew after a failure, which it reports', async () => {
    const errors: unknown[] = [];
    let runs = 0;
    const source = new RunningSource({
      run: async (signal) => {
        runs += 1;
        if (runs === 1) throw new Error('no');
        await untilAborted(signal);
      },
      onFailed: (error) => errors.push(error),
    });
    await eventually('the second run', () => runs === 2);
    await source.stop();
    expect(errors).toEqual([new Error('no')]);
  });

  it('waits for what has to end before, and does not begin when it is stopped meanwhile', async () => {
    let runs = 0;
    let finish: () => void = () => {};
    const before = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const source = new RunningSource({
      run: async () => {
        runs += 1;
      },
      onFailed: () => {},
      after: before,
    });
    const stopped = source.stop();
    finish();
    await stopped;
    expect(runs).toBe(0);
  });

  it('reports nothing of what breaks because it was stopped', async () => {
    const errors: unknown[] = [];
    const source = new RunningSource({
      run: async (signal) => {
        await untilAborted(signal);
        throw new Error('broken off');
      },
      onFailed: (error) => errors.push(error),
    });
    await source.stop();
    expect(errors).toEqual([]);
  });
});
