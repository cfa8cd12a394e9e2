import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { AccountKey } from '#libs/access';
import {
  type FetchProgress,
  findNatsServer,
  isPortTaken,
  type NatsCredentials,
  type NatsServer,
  type NatsServiceLogin,
  startNatsServer,
} from '#libs/nats-server';
import { type Log, StartError } from '#libs/service';

const NATS_PORT = 4222;
const HOST = '127.0.0.1';

/** A nats-server of our own, and how the services sign in to it. Publishers do so with their API keys. */
export interface OwnNats extends OwnSecrets {
  readonly server: NatsServer;
}

interface OwnSecrets {
  readonly auth: NatsServiceLogin;
  /** Ingest and the gateway, which share their connections here. */
  readonly streams: NatsServiceLogin;
  readonly callout: NatsCredentials;
  /** Signs the logins of publishers. */
  readonly issuer: AccountKey;
}

export interface OwnNatsOptions {
  readonly dataDir: string;
  /** The port that was asked for; undefined takes 4222, or a free one when that is taken. */
  readonly port: number | undefined;
  /** JetStream streams that ingest may make. */
  readonly shards: number;
  readonly log: Log;
}

/**
 * Starts the nats-server of standalone, with its data under the data directory. It is found or fetched first,
 * which may take a minute once and is shown on standard error. The caller stops it.
 *
 * @throws StartError saying what to do
 */
export async function startOwnNats({ dataDir, port, shards, log }: OwnNatsOptions): Promise<OwnNats> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const showProgress = progressLine();
  try {
    const { path, version } = await findNatsServer({ onProgress: showProgress });
    log.info({ path, version }, 'Using this nats-server');
    const secrets = newSecrets();
    const { auth, streams, callout, issuer } = secrets;
    const accounts = { services: [auth, streams], shards, callout, issuer: issuer.publicKey };
    const startAt = (natsPort: number) =>
      startNatsServer({
        binary: path,
        host: HOST,
        port: natsPort,
        storeDir: join(dataDir, 'jetstream'),
        pidFile: join(dataDir, 'nats-server.pid'),
        accounts,
        restartOnExit: true,
        onUnexpectedExit: ({ logs }) => log.error({ logs: logs.slice(-5) }, 'nats-server ended unexpectedly'),
      });
    const server = await startAt(port ?? ((await isFree(NATS_PORT)) ? NATS_PORT : 0)).catch(
      (error: unknown) => {
        // Another program took the usual port between the look and the start.
        if (port !== undefined || !isPortTaken(error)) throw error;
        return startAt(0);
      },
    );
    return { server, ...secrets };
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}

/** Made anew at each start: nobody but this process and its server have to know them, so they need not be kept. */
function newSecrets(): OwnSecrets {
  const login = (user: string) => ({ user, password: randomBytes(24).toString('base64url') });
  return {
    auth: { ...login('auth'), role: 'auth' },
    streams: { ...login('standalone'), role: 'ingest-and-gateway' },
    callout: login('callout'),
    issuer: AccountKey.generate(),
  };
}

/** Shows how far a download is: in one line on a terminal, as a few lines elsewhere. */
function progressLine(): (progress: FetchProgress) => void {
  const terminal = process.stderr.isTTY === true;
  let shown = '';
  return ({ message, percent }) => {
    const line = terminal && percent !== undefined ? `${message} ${percent} %` : message;
    if (line === shown) return;
    shown = line;
    process.stderr.write(terminal ? `\r\u001b[K${line}${percent === 100 ? '\n' : ''}` : `${line}\n`);
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}
