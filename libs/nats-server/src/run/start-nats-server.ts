import { findNatsServer } from '../find/find-nats-server.js';
import type { ServerSettings } from './config-file.js';
import { LogRing } from './log-ring.js';
import { ManagedServer } from './managed-server.js';
import type { NatsServer, StartNatsServerOptions } from './options.js';
import { stopOrphan } from './orphan.js';
import { ServerFiles } from './server-files.js';

/**
 * Starts a nats-server with JetStream and resolves when both serve.
 *
 * The caller calls `stop()`. If this process exits without, the server gets a SIGTERM; if it is killed, the
 * server stays until the next start with the same `pidFile`.
 *
 * @throws NatsServerFailed when it exits before it is ready, or is not ready in time
 * @throws NatsServerInUse when another living process owns the `pidFile`'s server
 * @throws NatsServerNotFound and NatsServerUnusable as {@link findNatsServer} does
 */
export async function startNatsServer(options: StartNatsServerOptions = {}): Promise<NatsServer> {
  const { pidFile, storeDir, onLog = () => {}, onUnexpectedExit = () => {} } = options;
  const stopTimeoutMs = options.stopTimeoutMs ?? 10_000;
  const binary = options.binary ?? (await findNatsServer(options.find)).path;
  if (pidFile !== undefined) await stopOrphan(pidFile, stopTimeoutMs);
  const files = await ServerFiles.make({ pidFile, storeDir });
  return await ManagedServer.start({
    binary,
    settings: settingsOf(options, files),
    files,
    env: {
      ...childEnvironment(process.env),
      GOMEMLIMIT: options.memoryLimit ?? process.env.GOMEMLIMIT ?? '512MiB',
    },
    logs: new LogRing(),
    startTimeoutMs: options.startTimeoutMs ?? 15_000,
    stopTimeoutMs,
    restartOnExit: options.restartOnExit ?? false,
    onLog,
    onUnexpectedExit,
  });
}

/** What the services are told and nats-server need not know: keys and passwords among it. */
const OF_THE_SERVICES = /^(?:RUNNEL|NATS)_/;

function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OF_THE_SERVICES.test(name)));
}

function settingsOf(options: StartNatsServerOptions, files: ServerFiles): ServerSettings {
  return {
    host: options.host ?? '127.0.0.1',
    port: options.port || -1,
    storeDir: files.storeDir,
    portsDir: files.runDirectory,
    maxPayloadBytes: options.maxPayloadBytes ?? 4 * 1024 * 1024,
    maxFileStoreBytes: options.maxFileStoreBytes,
    syncAlways: options.syncAlways ?? false,
    users: options.users ?? [],
    systemUser: options.systemUser,
    accounts: options.accounts,
    cluster: options.cluster,
    monitoring: options.monitoring ?? false,
    extraConfig: options.extraConfig,
  };
}
