import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';
import { configPath, type Profile, readProfiles } from './config-file.js';

export const DEFAULT_URL = 'http://127.0.0.1:3000';
export const DEFAULT_PROFILE = 'default';

/** Which Runnel a command talks to, and as whom. */
export interface Access {
  readonly url: string;
  /** Undefined where nobody has logged in: public streams can be read all the same. */
  readonly key: string | undefined;
  /** What may surprise whoever asked. */
  readonly note?: string;
}

/**
 * What the environment says, else the profile, else what a standalone Runnel on this machine has left for us.
 *
 * A key is shown only to the service that it was given for: with RUNNEL_URL alone, the profile's key counts only
 * where that is the profile's own address.
 *
 * @param profileName as the user named it, if so
 * @throws UsageError for a profile that does not exist
 */
export async function accessFor(env: Io['env'], profileName: string | undefined): Promise<Access> {
  const urlInEnv = env.RUNNEL_URL || undefined;
  const keyInEnv = env.RUNNEL_API_KEY || undefined;
  if (urlInEnv !== undefined && keyInEnv !== undefined) return { url: baseUrl(urlInEnv), key: keyInEnv };
  const profile = await profileNamed(env, profileName);
  const url = baseUrl(urlInEnv ?? profile?.url ?? DEFAULT_URL);
  if (keyInEnv !== undefined) return { url, key: keyInEnv };
  if (profile !== undefined) {
    if (url === profile.url) return { url, key: profile.key };
    const note = `The key of the profile is for ${profile.url} and is not sent to ${url}.`;
    return { url, key: undefined, note };
  }
  return { url, key: isThisMachine(url) ? await keptAdminKey(env) : undefined };
}

/** @throws UsageError for what cannot be the address of a service */
export function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`"${text}" is not an address such as ${DEFAULT_URL} or https://events.example.com.`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError('The address must have no user, password, query or fragment.');
  }
  return url.href.replace(/\/+$/, '');
}

async function profileNamed(env: Io['env'], name: string | undefined): Promise<Profile | undefined> {
  const profiles = await readProfiles(configPath(env));
  const profile = profiles.get(name ?? DEFAULT_PROFILE);
  if (profile !== undefined || name === undefined) return profile;
  throw new UsageError(`There is no profile "${name}". Make it with "runnel login --profile ${name}".`);
}

function isThisMachine(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

/** The first admin key, which standalone keeps in its data directory for the command line. */
async function keptAdminKey({ RUNNEL_DATA_DIR }: Io['env']): Promise<string | undefined> {
  try {
    return (await readFile(join(RUNNEL_DATA_DIR || 'data', 'admin-key'), 'utf8')).trim() || undefined;
  } catch {
    return undefined;
  }
}
