import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { outputTo } from './output-to.js';

function failing(code: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(), { code })) });
}

describe('outputTo', () => {
  it('writes in order', async () => {
    const stream = new PassThrough();
    const output = outputTo(stream);
    await output.write('a');
    await output.write('b');
    stream.end();
    expect(await text(stream)).toBe('ab');
  });

  it('drops text quietly once its reader has gone, and says that it has', async () => {
    const output = outputTo(failing('EPIPE'));
    await output.write('a');
    expect(output.closed.aborted).toBe(true);
    await output.write('b');
  });

  it('knows a stream that was destroyed before', async () => {
    const output = outputTo(new PassThrough().destroy());
    await output.write('a');
    expect(output.closed.aborted).toBe(true);
  });

  it('fails where text is lost for another reason, such as a full disk', async () => {
    const output = outputTo(failing('ENOSPC'));
    await expect(output.write('a')).rejects.toThrow('The output cannot be written: ENOSPC.');
    expect(output.closed.aborted).toBe(false);
  });
});
