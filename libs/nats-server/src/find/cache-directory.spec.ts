import { chmodSync, statSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestMachine } from '../fixtures/test-machine.js';
import { cacheDirectory } from './cache-directory.js';

describe('cacheDirectory', () => {
  let machine: TestMachine;
  beforeEach(() => {
    machine = new TestMachine();
  });
  afterEach(() => machine.remove());
  const choose = () => cacheDirectory(machine.context, machine.at('tmp'));
  const lastResort = () => machine.at(`tmp/runnel-cache-${userInfo().uid}`);

  it('lies under XDG_CACHE_HOME when that is set', async () => {
    machine.env.XDG_CACHE_HOME = machine.at('xdg');
    expect(await choose()).toBe(machine.at('xdg/runnel/nats-server'));
  });

  it('lies under ~/.cache otherwise, and is made for its owner alone', async () => {
    expect(await choose()).toBe(machine.at('home/.cache/runnel/nats-server'));
    expect(statSync(machine.at('home/.cache/runnel/nats-server')).mode & 0o777).toBe(0o700);
  });

  it('ignores a relative XDG_CACHE_HOME, as the specification demands', async () => {
    machine.env.XDG_CACHE_HOME = 'relative';
    expect(await choose()).toBe(machine.at('home/.cache/runnel/nats-server'));
  });

  it('lies in the temporary directory when HOME is not set', async () => {
    delete machine.env.HOME;
    expect(await choose()).toBe(lastResort());
  });

  it('lies in the temporary directory when HOME cannot be written', async () => {
    // A file in the way stops root, too, whom permissions do not.
    machine.env.HOME = await machine.file('occupied', '');
    expect(await choose()).toBe(lastResort());
  });

  it('is not one in the temporary directory that others can write', async () => {
    delete machine.env.HOME;
    await mkdir(lastResort(), { recursive: true });
    await chmod(lastResort(), 0o777);
    expect(await choose()).toBeUndefined();
    chmodSync(lastResort(), 0o700);
    expect(await choose()).toBe(lastResort());
  });

  it('is undefined when nothing can be written', async () => {
    delete machine.env.HOME;
    const occupied = await machine.file('occupied', '');
    expect(await cacheDirectory(machine.context, occupied)).toBeUndefined();
  });
});
