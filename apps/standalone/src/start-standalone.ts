import { authTransport, type FirstAdminKey, FirstStart } from '#apps/auth';
import { EventLogSetup, PUBLISH_PATH } from '#apps/ingest';
import {
  CLIENT_PATH,
  isStreamPath,
  STREAM_ROUTES,
  subscribePreflight,
  withoutSignals,
} from '#apps/stream-gateway';
import { type NatsCredentials, PUBLISHERS_ACCOUNT } from '#libs/nats-server';
import { cors, type Log, ReadinessRegistry, type RunningService, runService, setupDocs } from '#libs/service';
import { pause } from '#libs/timing';
import { adminKeyPath, keepAdminKey } from './admin-key-file.js';
import { Demo } from './demo/demo.js';
import { greeting } from './demo/greeting.js';
import { type OwnNats, startOwnNats } from './own-nats.js';
import { StandaloneModule } from './standalone.module.js';
import type { ServiceSettings, StandaloneSettings } from './standalone-settings.js';

/** Milliseconds between looks at whether everything works. */
const READY_POLL_MS = 50;

/**
 * Starts the three services in this process, with a nats-server of their own unless NATS_URL names one, and
 * prints what a newcomer needs. What it started ends with the service.
 *
 * @param print writes to standard output, where nothing else is written but the log
 */
export async function startStandalone(
  settings: StandaloneSettings,
  log: Log,
  print: (text: string) => void,
): Promise<RunningService> {
  const nats = settings.natsUrl === undefined ? await ownNats(settings, log) : undefined;
  const inForce = withNats(settings, nats);
  const authSettings = nats === undefined ? inForce : { ...inForce, ...signedInAs(nats.auth) };
  const crossOrigin = cors({
    origins: inForce.corsOrigins,
    skip: (path) => path.startsWith('/hooks/') || path === CLIENT_PATH || isStreamPath(path),
  });
  const service = await runService({
    name: 'standalone',
    module: StandaloneModule.forRoot(inForce, authSettings),
    settings: inForce,
    log,
    microservices: [authTransport(authSettings)],
    directRoutes: [...STREAM_ROUTES, { method: 'POST', path: PUBLISH_PATH, before: crossOrigin }],
    configure: (app) => {
      withoutSignals(app.getHttpAdapter().getInstance());
      app.use(subscribePreflight(inForce.corsOrigins));
      app.use(crossOrigin);
      setupDocs(app, { title: 'Runnel', version: '1' });
    },
    onClosed: () => nats?.server.stop(),
  });
  await announce(service, inForce, print, nats);
  return service;
}

function ownNats(settings: StandaloneSettings, log: Log): Promise<OwnNats> {
  return startOwnNats({ dataDir: settings.dataDir, port: settings.natsPort, shards: settings.shards, log });
}

function withNats(settings: StandaloneSettings, nats: OwnNats | undefined): ServiceSettings {
  if (nats === undefined) return settings as ServiceSettings;
  const { server, streams, callout, issuer } = nats;
  return {
    ...settings,
    natsUrl: server.url,
    ...signedInAs(streams),
    natsCalloutSeed: issuer.seed,
    natsCalloutUser: callout.user,
    natsCalloutPassword: callout.password,
    natsPublishersAccount: PUBLISHERS_ACCOUNT,
  };
}

function signedInAs({ user, password }: NatsCredentials) {
  return { natsUser: user, natsPassword: password };
}

/** Says what a newcomer needs, once everything works. */
async function announce(
  { app, url }: RunningService,
  settings: ServiceSettings,
  print: (text: string) => void,
  nats: OwnNats | undefined,
): Promise<void> {
  const firstStart = app.get(FirstStart, { strict: false });
  const first = await firstStart.done;
  await app.get(EventLogSetup, { strict: false }).done;
  const readiness = app.get(ReadinessRegistry, { strict: false });
  while ((await readiness.ask()).status !== 'ok') await pause(READY_POLL_MS);
  const baseUrl = settings.publicUrl ?? url;
  firstStart.onAnew((anew) => {
    showKey(settings, print, anew).catch((error: Error) =>
      print(`The admin key could not be kept: ${error.message}\n`),
    );
  });
  await showKey(settings, print, first);
  if (settings.demo) print(await startDemo(app.get(Demo), settings, baseUrl));
  if (nats !== undefined) {
    print(`NATS publishers sign in at ${nats.server.url} with an API key as the token (docs/nats.md)\n`);
  }
  print(`Runnel is ready at ${baseUrl}\n`);
}

/** Keeps and prints a key that auth has made by itself; one of the settings is known already. */
async function showKey(
  { adminKey, dataDir }: ServiceSettings,
  print: (text: string) => void,
  made: FirstAdminKey | undefined,
): Promise<void> {
  if (made?.key === undefined || adminKey !== undefined) return;
  await keepAdminKey(dataDir, made.key);
  print(`The first admin key, shown only now and kept in ${adminKeyPath(dataDir)}:\n  ${made.key}\n`);
}

/** @returns what to open and to type */
async function startDemo(
  demo: Demo,
  { adminKey, dataDir }: ServiceSettings,
  baseUrl: string,
): Promise<string> {
  await demo.start();
  const token = (await demo.source())?.settings.endpointToken;
  return greeting({
    baseUrl,
    workflowId: (await demo.workflow())?.id,
    endpoint: typeof token === 'string' ? `${baseUrl}/hooks/${token}` : undefined,
    keyInShell: adminKey === undefined ? `$(cat ${adminKeyPath(dataDir)})` : '$RUNNEL_ADMIN_KEY',
  });
}
