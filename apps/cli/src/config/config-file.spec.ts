import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UsageError } from '../failure.js';
import { configPath, readProfiles, writeProfiles } from './config-file.js';

let home: string;
let path: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'runnel-config-'));
  path = configPath({ HOME: home });
});
afterEach(() => rm(home, { recursive: true }));

const profile = { url: 'https://x.example', key: 'rnl_key' };
const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

describe('configPath', () => {
  it.each([
    [{ XDG_CONFIG_HOME: '/xdg', HOME: '/home/a' }, '/xdg/runnel/config.json'],
    [{ XDG_CONFIG_HOME: 'relative', HOME: '/home/a' }, '/home/a/.config/runnel/config.json'],
    [{ XDG_CONFIG_HOME: '', HOME: '/home/a' }, '/home/a/.config/runnel/config.json'],
  ])('follows the environment %j', (env, expected) => {
    expect(configPath(env)).toBe(expected);
  });
});

describe('the file with the profiles', () => {
  it('comes back as it was written, awkward names included', async () => {
    const profiles = new Map([
      ['default', profile],
      ['__proto__', profile],
    ]);
    await writeProfiles(path, profiles);
    expect(await readProfiles(path)).toEqual(profiles);
  });

  it('is for its owner only, even where directory and file were open before', async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '{"profiles":{}}', { mode: 0o644 });
    await chmod(dirname(path), 0o755);
    await writeProfiles(path, new Map([['default', profile]]));
    expect(await modeOf(dirname(path))).toBe(0o700);
    expect(await modeOf(path)).toBe(0o600);
  });

  it('leaves nothing else behind', async () => {
    await writeProfiles(path, new Map());
    expect(await readdir(dirname(path))).toEqual(['config.json']);
  });

  it('says what is wrong when it cannot be written, and keeps what was there', async () => {
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'kept'), '');
    await expect(writeProfiles(path, new Map())).rejects.toThrow(UsageError);
    expect(await readdir(dirname(path))).toEqual(['config.json']);
  });

  it('has no profiles when it is missing', async () => {
    expect(await readProfiles(path)).toEqual(new Map());
  });

  it.each(['', '{', '[]', '{"profiles":{"default":{"key":"rnl_secret"}}}', '{"key":"rnl_secret"'])(
    'is refused, and not quoted, when it holds %j',
    async (text) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      const error = await readProfiles(path).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).not.toContain('secret');
    },
  );
});
