import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { NatsLink, type NatsOptions } from '#libs/nats-connection';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { within } from '#libs/timing';
import { backUp } from './back-up.js';
import { BackupError } from './errors.js';
import { restore } from './restore.js';

const USAGE = `npm run backup -- <directory> [--data <data directory>]
npm run restore -- <directory> [--replicas 1|3|5] [--cursors keep|new]

NATS_URL, NATS_USER and NATS_PASSWORD, or NATS_OPERATOR_PASSWORD, say where and as whom.
`;
/** Milliseconds until NATS must be there. */
const CONNECT_MS = 10_000;

/**
 * Runs `backup` or `restore` as a command.
 *
 * @param tell hears what is done at the moment, and at the end what has been
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function runCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  tell: (text: string) => void,
): Promise<number> {
  const wanted = read(args);
  if (wanted === undefined) {
    tell(USAGE);
    return 2;
  }
  try {
    await carryOut(wanted, env, (text) => tell(`${text}\n`));
    return 0;
  } catch (error) {
    tell(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

interface Wanted {
  readonly verb: 'backup' | 'restore';
  readonly dir: string;
  readonly data: string | undefined;
  readonly replicas: number | undefined;
  readonly cursors: 'keep' | 'new';
}

function read(args: readonly string[]): Wanted | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { data: { type: 'string' }, replicas: { type: 'string' }, cursors: { type: 'string' } },
    });
    const [verb, dir, ...rest] = positionals;
    const { data, replicas, cursors = 'new' } = values;
    if ((verb !== 'backup' && verb !== 'restore') || dir === undefined || rest.length > 0) return undefined;
    if (replicas !== undefined && !/^[135]$/.test(replicas)) return undefined;
    if (cursors !== 'keep' && cursors !== 'new') return undefined;
    if (verb === 'backup' ? replicas !== undefined : data !== undefined) return undefined;
    return { verb, dir, data, replicas: replicas === undefined ? undefined : Number(replicas), cursors };
  } catch {
    return undefined;
  }
}

async function carryOut(wanted: Wanted, env: NodeJS.ProcessEnv, tell: (text: string) => void): Promise<void> {
  const server = wanted.data === undefined ? undefined : await serve(wanted.data);
  const link = NatsLink.open(server === undefined ? loginIn(env) : server.login);
  try {
    const connection = await within(CONNECT_MS, Promise.race([link.whenUp(), failed(link)]));
    if (connection === undefined) throw new BackupError('NATS cannot be reached, or refuses the login.');
    if (wanted.verb === 'backup') {
      const { streams } = await backUp(connection, wanted.dir, tell);
      const bytes = streams.reduce((sum, stream) => sum + stream.bytes, 0);
      tell(`${streams.length} streams, ${Math.ceil(bytes / 1024)} KiB, are in ${wanted.dir}.`);
    } else {
      await restore(connection, wanted.dir, { ...wanted, onProgress: tell });
      tell('All is there. Start the services now.');
    }
  } finally {
    await link.close();
    await server?.server.stop();
  }
}

async function failed(link: NatsLink): Promise<never> {
  throw await link.failed;
}

/** Nobody but the operator may copy everything; a server without accounts has one user for all. */
function loginIn(env: NodeJS.ProcessEnv): NatsOptions {
  const { NATS_URL, NATS_USER, NATS_PASSWORD, NATS_OPERATOR_PASSWORD } = env;
  const url = NATS_URL || 'nats://127.0.0.1:4222';
  const name = 'backup';
  if (NATS_OPERATOR_PASSWORD) return { url, name, user: 'operator', password: NATS_OPERATOR_PASSWORD };
  return { url, name, user: NATS_USER || undefined, password: NATS_PASSWORD };
}

/** Standalone's data, while standalone does not run: its own server has no login for anybody else. */
async function serve(dataDir: string): Promise<{ server: NatsServer; login: NatsOptions }> {
  const user = 'operator';
  const password = randomBytes(24).toString('base64url');
  const server = await startNatsServer({
    storeDir: resolve(dataDir, 'jetstream'),
    // The same lock as standalone's own server has: two of them on one store would destroy it.
    pidFile: resolve(dataDir, 'nats-server.pid'),
    extraConfig: `accounts { RUNNEL: { jetstream: enabled, users: [{ user: ${user}, password: "${password}" }] } }`,
  });
  return { server, login: { url: server.url, user, password, name: 'backup' } };
}
