import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { accessFor, DEFAULT_URL } from './access.js';
import { configPath, writeProfiles } from './config-file.js';

let home: string;
let env: Record<string, string>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'runnel-access-'));
  env = { HOME: home, RUNNEL_DATA_DIR: home };
});
afterEach(() => rm(home, { recursive: true }));

const logIn = (url: string, key: string) =>
  writeProfiles(configPath(env), new Map([['default', { url, key }]]));

describe('accessFor', () => {
  it('is the local service, without a key, where nothing is set', async () => {
    expect(await accessFor(env, undefined)).toEqual({ url: DEFAULT_URL, key: undefined });
  });

  it('finds the key that standalone keeps on this machine', async () => {
    await writeFile(join(home, 'admin-key'), 'rnl_first\n');
    expect(await accessFor(env, undefined)).toEqual({ url: DEFAULT_URL, key: 'rnl_first' });
  });

  it('does not show that key to another machine, nor where somebody has logged in', async () => {
    await writeFile(join(home, 'admin-key'), 'rnl_first\n');
    env.RUNNEL_URL = 'https://x.example';
    expect((await accessFor(env, undefined)).key).toBeUndefined();
    delete env.RUNNEL_URL;
    await logIn(DEFAULT_URL, 'rnl_profile');
    expect((await accessFor(env, undefined)).key).toBe('rnl_profile');
  });

  it('takes each of the two from the environment before the profile', async () => {
    await logIn('https://x.example', 'rnl_profile');
    env.RUNNEL_API_KEY = 'rnl_env';
    expect(await accessFor(env, undefined)).toEqual({ url: 'https://x.example', key: 'rnl_env' });
    env.RUNNEL_URL = 'https://y.example/';
    expect(await accessFor(env, undefined)).toEqual({ url: 'https://y.example', key: 'rnl_env' });
  });

  it('knows an address of the profile that is written in another way', async () => {
    await logIn('https://x.example', 'rnl_profile');
    env.RUNNEL_URL = 'HTTPS://X.example:443/';
    expect((await accessFor(env, undefined)).key).toBe('rnl_profile');
  });
});
