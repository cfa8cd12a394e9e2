import { describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import { harness } from '../fixtures/harness.js';

const here = harness();

const listening = () => eventually('a listener', () => here.service.log.listeners === 1);
const line = (level: string, message: string) => JSON.stringify({ ts: 0, level, message });

describe('runnel logs', () => {
  it('prints what a source says, a line each, until Ctrl-C, and exits 0', async () => {
    here.service.stream('hook', 'source');
    const exit = here.runnel('logs hook');
    await listening();
    here.service.log.append(line('info', 'POST: stored'));
    here.service.log.append(line('error', 'It\u001b[2J failed'));
    await eventually('both lines', () => here.io.stdout.lines.length === 2);
    expect(here.io.stdout.lines).toEqual([
      '1970-01-01T00:00:00.000Z  info   POST: stored',
      '1970-01-01T00:00:00.000Z  error  It\\u001b[2J failed',
    ]);
    here.io.interrupt();
    expect(await exit).toBe(0);
  });

  it('does not repeat the last error, with which each connection begins', async () => {
    here.service.stream('hook', 'source');
    const exit = here.runnel('logs --json hook');
    await listening();
    const [failed, other] = [line('error', 'Failed'), line('error', 'Failed again')];
    for (const data of [failed, failed, other]) here.service.log.append(data);
    await eventually('two lines', () => here.io.stdout.lines.length === 2);
    expect(here.io.stdout.lines).toEqual([failed, other]);
    here.io.interrupt();
    expect(await exit).toBe(0);
  });

  it('exits 1 for what is no source', async () => {
    expect(await here.runnel('logs nothing')).toBe(1);
    expect(here.io.stdout.text).toBe('');
  });
});
