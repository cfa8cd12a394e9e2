import { readdirSync, statSync, utimesSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeServer, TestMachine } from '../fixtures/test-machine.js';
import { fromCache } from './from-cache.js';

describe('BinaryCache', () => {
  let machine: TestMachine;
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.remove());

  async function keep(version: string): Promise<string> {
    const cache = await machine.cache();
    return await cache.withScratch(async (scratch) => {
      const file = join(scratch, 'fetched');
      await writeFile(file, fakeServer(version));
      return await cache.keep(file, version);
    });
  }

  it('keeps a binary under its version and kind of machine, ready to run', async () => {
    const path = await keep('2.15.1');
    expect(path).toBe(machine.at('cache/2.15.1-linux-x64/nats-server'));
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(await fromCache(await machine.cache())).toEqual({ path, version: '2.15.1', origin: 'cache' });
  });

  it('gives the newest that it keeps', async () => {
    await keep('2.12.9');
    const newest = await keep('2.12.12');
    await keep('2.12.3');
    expect(await fromCache(await machine.cache())).toMatchObject({ path: newest });
  });

  it('lets several keep the same version at once, and the binary is whole at every moment', async () => {
    const paths = await Promise.all(Array.from({ length: 8 }, () => keep('2.15.1')));
    expect(new Set(paths).size).toBe(1);
    expect(await readFile(paths[0] as string, 'utf8')).toBe(fakeServer('2.15.1'));
    expect(readdirSync(machine.at('cache'))).toEqual(['2.15.1-linux-x64']);
  });

  it('passes over a kept binary that no longer runs, and takes the next', async () => {
    const older = await keep('2.14.0');
    await machine.executable('cache/2.15.1-linux-x64/nats-server', '#!/nowhere\n');
    expect(await fromCache(await machine.cache())).toMatchObject({ path: older });
  });

  it('does not look at binaries for other kinds of machines', async () => {
    await machine.executable('cache/2.15.1-darwin-arm64/nats-server', fakeServer('2.15.1'));
    expect(await fromCache(await machine.cache())).toEqual({
      passedOver: `${machine.at('cache')} holds none`,
    });
  });

  it('never trusts what an interrupted fetch has left', async () => {
    await machine.executable('cache/incoming-abc/nats-server', fakeServer('2.15.1'));
    await machine.executable('cache/incoming-2.15.1-linux-x64/nats-server', fakeServer('2.15.1'));
    await mkdir(machine.at('cache/2.15.1-linux-x64'));
    const result = await fromCache(await machine.cache());
    expect(result).toEqual({ passedOver: expect.stringContaining('does not exist') });
  });

  it('removes its scratch directory after success and after failure', async () => {
    const cache = await machine.cache();
    await cache.withScratch((scratch) => writeFile(join(scratch, 'file'), ''));
    await expect(cache.withScratch(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(readdirSync(machine.at('cache'))).toEqual([]);
  });

  it('clears away scratch of processes that were killed long ago, and spares that of others at work', async () => {
    await machine.file('cache/incoming-old/part', '');
    await machine.file('cache/incoming-new/part', '');
    const longAgo = Date.now() / 1000 - 2 * 24 * 60 * 60;
    utimesSync(machine.at('cache/incoming-old'), longAgo, longAgo);
    await (await machine.cache()).withScratch(async () => {});
    expect(readdirSync(machine.at('cache'))).toEqual(['incoming-new']);
  });
});
