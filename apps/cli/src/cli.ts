import { RunnelClient } from '#libs/sdk';
import { type Access, accessFor } from './config/access.js';
import { UsageError } from './failure.js';
import type { Io } from './io.js';
import { patientFetch } from './terminal/patient-fetch.js';

/** A service to talk to. */
export interface Session {
  readonly client: RunnelClient;
  readonly key: string | undefined;
  /** Says what is waited for when that takes long. */
  readonly fetch: typeof fetch;
}

/** What every command is given. */
export interface Cli {
  readonly io: Io;
  /** The profile that the user named, if so. */
  profile(): string | undefined;
  /** @throws UsageError for settings that cannot be used */
  session(): Promise<Session>;
}

export function cliFor(io: Io, profile: () => string | undefined): Cli {
  return {
    io,
    profile,
    session: async () => {
      const access = await accessFor(io.env, profile());
      if (access.note !== undefined) await io.stderr.write(`${access.note}\n`);
      return sessionFor(io, access);
    },
  };
}

/** @throws UsageError for a key that cannot be one */
export function sessionFor(io: Io, { url, key }: Access): Session {
  try {
    const fetch = patientFetch(io, url);
    return { client: new RunnelClient({ baseUrl: url, apiKey: key, fetch }), key, fetch };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
