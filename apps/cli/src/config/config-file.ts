import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';

/** Where a Runnel is and what opens it. */
export interface Profile {
  readonly url: string;
  readonly key: string;
}

export type Profiles = ReadonlyMap<string, Profile>;

/** The file with the profiles. A relative XDG_CONFIG_HOME counts as unset (XDG base directory specification). */
export function configPath(env: Io['env']): string {
  const base = env.XDG_CONFIG_HOME ?? '';
  return join(isAbsolute(base) ? base : join(env.HOME || homedir(), '.config'), 'runnel', 'config.json');
}

/** @throws UsageError for a file that is there and cannot be read */
export async function readProfiles(path: string): Promise<Profiles> {
  try {
    const { profiles } = JSON.parse(await readFile(path, 'utf8')) as { profiles: Record<string, unknown> };
    const entries = Object.entries(profiles).map(([name, value]) => [name, profileIn(value)] as const);
    return new Map(entries);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    // The parser's message would quote the file, and with it a key.
    const why = (error as NodeJS.ErrnoException).code ?? 'it is not what "runnel login" writes';
    throw new UsageError(`${path} cannot be read: ${why}. Mend or remove it, and log in again.`);
  }
}

/** Writes the file whole or not at all; nobody but its owner can read it, at no moment. */
export async function writeProfiles(path: string, profiles: Profiles): Promise<void> {
  const directory = dirname(path);
  const fresh = `${path}.${process.pid}`;
  const text = JSON.stringify({ profiles: Object.fromEntries(profiles) }, null, 2);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    await rm(fresh, { force: true });
    await writeFile(fresh, `${text}\n`, { mode: 0o600, flag: 'wx' });
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {});
    throw new UsageError(`${path} cannot be written: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

function profileIn(value: unknown): Profile {
  const { url, key } = value as Partial<Record<string, unknown>>;
  if (typeof url !== 'string' || typeof key !== 'string') throw new TypeError('Not a profile.');
  return { url, key };
}
