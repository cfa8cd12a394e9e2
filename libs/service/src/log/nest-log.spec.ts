import { describe, expect, it } from '@jest/globals';
import { createLog } from './create-log.js';
import { NestLog } from './nest-log.js';

function linesOf(use: (log: NestLog) => void): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  use(new NestLog(createLog({ service: 'x', level: 'trace', destination })));
  return lines;
}

describe('NestLog', () => {
  it('writes the message with the context as a field, under the matching level', () => {
    const lines = linesOf((log) => {
      log.log('a', 'Ctx');
      log.warn('b', 'Ctx');
      log.debug('c', 'Ctx');
      log.verbose('d', 'Ctx');
      log.fatal('e', 'Ctx');
    });
    expect(lines.map(({ level, msg, context }) => [level, msg, context])).toEqual([
      ['info', 'a', 'Ctx'],
      ['warn', 'b', 'Ctx'],
      ['debug', 'c', 'Ctx'],
      ['trace', 'd', 'Ctx'],
      ['fatal', 'e', 'Ctx'],
    ]);
  });

  it('keeps the stack that comes before the context', () => {
    const [line] = linesOf((log) => log.error('failed', 'Error: failed\n  at x', 'Ctx'));
    expect(line).toMatchObject({ msg: 'failed', context: 'Ctx', details: ['Error: failed\n  at x'] });
  });

  it('writes an error with its stack, and other values as a field', () => {
    const [error, value] = linesOf((log) => {
      log.error(new Error('boom'), 'Ctx');
      log.log({ a: 1 });
    });
    expect(error).toMatchObject({ msg: 'boom', err: { stack: expect.stringContaining('boom') } });
    expect(value).toMatchObject({ value: { a: 1 } });
  });

  it('demotes the lines about each module and route to debug', () => {
    const [line] = linesOf((log) => log.log('Mapped {/x, GET} route', 'RouterExplorer'));
    expect(line).toMatchObject({ level: 'debug' });
  });

  it('does not call a lost connection of the transport an error', () => {
    const lines = linesOf((log) => {
      log.error('NatsError: type: "disconnect".', undefined, 'ClientNats');
      log.error('There is no matching event handler', undefined, 'Server');
    });
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'error']);
    expect(lines[0]).not.toHaveProperty('details');
  });
});
