import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLog } from '../log/create-log.js';
import { stopOnSignals } from './stop-on-signals.js';

const log = createLog({ service: 'x', level: 'silent' });
const codes: unknown[] = [];
let stops = 0;
let finish: (clean: boolean) => void;
let remove: () => void;

function stop(): Promise<boolean> {
  stops++;
  return new Promise((resolve) => {
    finish = resolve;
  });
}

beforeEach(() => {
  codes.length = 0;
  stops = 0;
  jest.spyOn(process, 'exit').mockImplementation(((code: unknown) => void codes.push(code)) as never);
  remove = stopOnSignals(stop, log);
});

afterEach(() => {
  remove();
  jest.restoreAllMocks();
});

describe('stopOnSignals', () => {
  it.each([
    ['SIGTERM', true, 0],
    ['SIGINT', true, 0],
    ['SIGTERM', false, 1],
  ] as const)('stops on %s and exits when that is done: clean %p, code %i', async (signal, clean, code) => {
    process.emit(signal, signal);
    expect([stops, codes]).toEqual([1, []]);
    finish(clean);
    await Promise.resolve();
    expect(codes).toEqual([code]);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('exits at once when %s is the second signal, with its code', (signal, code) => {
    process.emit('SIGTERM', 'SIGTERM');
    process.emit(signal, signal);
    expect(codes).toEqual([code]);
  });

  it('is over when it was removed', () => {
    remove();
    expect(process.listeners('SIGTERM').filter(({ name }) => name === 'onSignal')).toEqual([]);
  });
});
