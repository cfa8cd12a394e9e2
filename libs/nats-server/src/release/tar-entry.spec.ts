import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import { TestMachine } from '../fixtures/test-machine.js';
import { tarEntry } from './tar-entry.js';

describe('tarEntry', () => {
  const machine = new TestMachine();
  afterAll(() => machine.remove());

  async function archive(format: string): Promise<Buffer> {
    const content = 'x'.repeat(1000);
    for (const name of ['top/LICENSE', 'top/nats-server', `top/${'d'.repeat(80)}/${'f'.repeat(60)}`]) {
      await machine.file(`tree/${name}`, name + content);
    }
    execFileSync('tar', [
      '-czf',
      machine.at('a.tar.gz'),
      `--format=${format}`,
      '-C',
      machine.at('tree'),
      'top',
    ]);
    return readFileSync(machine.at('a.tar.gz'));
  }
  const string = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

  it.each(['ustar', 'gnu', 'pax'])(
    'finds a file among others in an archive of the %s format',
    async (format) => {
      const bytes = await tarEntry(await archive(format), 'top/nats-server');
      expect(string(bytes)).toBe(`top/nats-server${'x'.repeat(1000)}`);
    },
  );

  it('reads a long name', async () => {
    const name = `top/${'d'.repeat(80)}/${'f'.repeat(60)}`;
    expect(string(await tarEntry(await archive('ustar'), name))).toMatch(name);
  });

  it('does not take a directory, or a name that is only similar', async () => {
    const bytes = await archive('gnu');
    await expect(tarEntry(bytes, 'top')).rejects.toThrow('the archive holds no top');
    await expect(tarEntry(bytes, 'nats-server')).rejects.toThrow('the archive holds no nats-server');
  });

  it('refuses what is cut off, damaged or not gzip', async () => {
    const whole = await archive('gnu');
    await expect(tarEntry(whole.subarray(0, whole.length - 40), 'top/nats-server')).rejects.toThrow();
    await expect(tarEntry(Buffer.from('no archive'), 'top/nats-server')).rejects.toThrow();
    await expect(tarEntry(gzipSync('rubbish'.repeat(200)), 'top/nats-server')).rejects.toThrow('damaged');
  });
});
