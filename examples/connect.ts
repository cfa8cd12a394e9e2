import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunnelClient, RunnelError } from 'runnel/sdk';

/** Where `npm start` serves. */
const DEFAULT_URL = 'http://127.0.0.1:3000';

export interface Connection {
  readonly client: RunnelClient;
  readonly apiKey: string;
}

/**
 * Runnel, found as the command line finds it: RUNNEL_URL and RUNNEL_API_KEY, or else the standalone on this machine
 * with the first key that it keeps in its data directory.
 */
export async function connect(env: NodeJS.ProcessEnv = process.env): Promise<Connection> {
  const baseUrl = env.RUNNEL_URL || DEFAULT_URL;
  const apiKey = env.RUNNEL_API_KEY || (await keptKey(baseUrl, env.RUNNEL_DATA_DIR || 'data'));
  return { client: new RunnelClient({ baseUrl, apiKey }), apiKey };
}

/** The workflow or source of this name, made with these settings when there is none yet. */
export async function named<View, Settings extends { readonly name: string }>(
  collection: {
    get(name: string): Promise<View>;
    create(settings: Settings): Promise<View>;
  },
  settings: Settings,
): Promise<View> {
  try {
    return await collection.get(settings.name);
  } catch (error) {
    if (error instanceof RunnelError && error.status === 404) return await collection.create(settings);
    throw error;
  }
}

/** Only a Runnel on this machine is shown the key of this machine. */
async function keptKey(baseUrl: string, dataDir: string): Promise<string> {
  const file = join(dataDir, 'admin-key');
  try {
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(new URL(baseUrl).hostname)) throw new Error('not here');
    return (await readFile(file, 'utf8')).trim();
  } catch {
    throw new Error(`Set RUNNEL_API_KEY, or start Runnel here first ("npm start"): there is no ${file}.`);
  }
}
