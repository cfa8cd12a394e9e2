import { describe, expect, it } from '@jest/globals';
import { createLog } from './create-log.js';

function logTo(lines: string[], level = 'info') {
  return createLog({ service: 'ingest', level, destination: { write: (line) => void lines.push(line) } });
}

describe('createLog', () => {
  it('writes one JSON line with ISO time, level as a word, and the service', () => {
    const lines: string[] = [];
    logTo(lines).info({ stream: 'p_1' }, 'hello');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(lines[0] as string)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'ingest',
      stream: 'p_1',
      msg: 'hello',
    });
  });

  it('leaves out what is less severe than its level', () => {
    const lines: string[] = [];
    logTo(lines, 'warn').info('no');
    expect(lines).toEqual([]);
  });

  it('hides credentials by the name of their field, at every usual depth', () => {
    const lines: string[] = [];
    const headers = { authorization: 'hunter2', cookie: 'a=hunter2', accept: 'x' };
    logTo(lines).info({ req: { headers }, headers, apiKey: 'hunter2', login: { password: 'hunter2' } });
    expect(lines[0]).not.toContain('hunter2');
    expect(lines[0]).toContain('"accept":"x"');
  });

  it('hides credentials by their look in messages, addresses and errors with their stacks', () => {
    const lines: string[] = [];
    const log = logTo(lines);
    const cause = new Error('refused rnl_k1_hunter2');
    log.error(
      { err: new Error('for ?ticket=hunter2', { cause }), url: '/sse?ticket=hunter2' },
      'key rnl_k2_hunter2',
    );
    log.child({ key: 'rnl_k3_hunter2' }).info('from a child');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('rnl_k3_[hidden]');
  });
});
