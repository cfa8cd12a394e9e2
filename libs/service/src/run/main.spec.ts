import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SettingsError } from '../errors.js';
import { main } from './main.js';

let stderr = '';

beforeEach(() => {
  jest.useFakeTimers();
  stderr = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
  process.exitCode = undefined;
});

describe('main', () => {
  it('leaves a program that has started alone', async () => {
    await main(async () => {});
    expect([stderr, process.exitCode, jest.getTimerCount()]).toEqual(['', undefined, 0]);
  });

  it('lists every bad setting in words', async () => {
    await main(async () => {
      throw new SettingsError([
        { env: 'PORT', message: 'must be a whole number, 0 to 65535' },
        { env: 'NAME', message: 'is required' },
      ]);
    });
    expect(stderr).toBe(
      'The settings are not valid:\n  PORT must be a whole number, 0 to 65535\n  NAME is required\n',
    );
    expect(process.exitCode).toBe(1);
  });

  it('shows where an unexpected error comes from, without secrets', async () => {
    await main(async () => {
      throw new Error('with rnl_k1_hunter2');
    });
    expect(stderr).toContain('main.spec');
    expect(stderr).not.toContain('hunter2');
  });

  it('ends the program when something that the failed start left open holds it', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    await main(() => Promise.reject(new Error('boom')));
    expect(exit).not.toHaveBeenCalled();
    jest.advanceTimersByTime(5_000);
    expect(exit).toHaveBeenCalledTimes(1);
  });
});
