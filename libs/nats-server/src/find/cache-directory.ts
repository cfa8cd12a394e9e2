import { access, constants, lstat, mkdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { FindContext } from './step.js';

/**
 * The directory for fetched binaries, made if need be: under XDG_CACHE_HOME, `~/.cache` (Windows:
 * LOCALAPPDATA), or, where neither can be written, the temporary directory.
 *
 * @param temporary parent of the last resort; default: the system's temporary directory
 * @returns undefined when nothing can be written
 */
export async function cacheDirectory(
  { env, platform }: Pick<FindContext, 'env' | 'platform'>,
  temporary = tmpdir(),
): Promise<string | undefined> {
  const homes = [
    env.XDG_CACHE_HOME,
    platform === 'win32' ? env.LOCALAPPDATA : env.HOME && join(env.HOME, '.cache'),
  ];
  for (const home of homes) {
    // The XDG specification has relative paths ignored.
    if (home === undefined || !isAbsolute(home)) continue;
    const directory = join(home, 'runnel', 'nats-server');
    if (await canUse(directory)) return directory;
  }
  const shared = join(temporary, `runnel-cache-${userInfo().uid}`);
  return (await canUse(shared)) && (await isPrivate(shared, platform)) ? shared : undefined;
}

async function canUse(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** In a directory that all users share, someone else may have made ours first, with a binary of theirs in it. */
async function isPrivate(directory: string, platform: NodeJS.Platform): Promise<boolean> {
  if (platform === 'win32') return true;
  const { uid, mode } = await lstat(directory);
  return (await lstat(directory)).isDirectory() && uid === userInfo().uid && (mode & 0o022) === 0;
}
