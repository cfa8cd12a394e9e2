import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Registry } from 'prom-client';
import { Traces } from '#libs/tracing';
import { AdminDoor } from '../doors/admin-door.js';
import { requestRate } from '../doors/request-rate.js';
import { securityHeaders } from '../doors/security-headers.js';
import { Drain } from '../drain/drain.js';
import { lastResponses } from '../drain/last-responses.js';
import type { Log } from '../log/create-log.js';
import { NestLog } from '../log/nest-log.js';
import { switchLevelOnSignal } from '../log/switch-level.js';
import { ProblemFilter } from '../problems/problem.filter.js';
import { accessLog } from '../request/access-log.js';
import { inOneGo } from '../request/in-one-go.js';
import { requestId } from '../request/request-id.js';
import { wellFormed } from '../request/well-formed.js';
import { ServiceModule } from '../service.module.js';
import type { CommonSettings } from '../settings/common-settings.js';
import type { TraceSettings } from '../settings/trace-settings.js';
import { traceOptions } from '../traces/trace-options.js';
import { traceRequests } from '../traces/trace-requests.js';
import type { CrewMember } from '../workers/crew-member.js';
import { AdminServer } from './admin-server.js';
import { cannotListen } from './cannot-listen.js';
import { type DirectRouteOptions, DirectRoutes } from './direct-routes.js';
import { type ExpressPrototypes, noProxies } from './express-kinds.js';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.js';
import { OpenSockets } from './open-sockets.js';
import { ServiceAdapter } from './service-adapter.js';
import { stopOnSignals } from './stop-on-signals.js';
import { stopService } from './stop-service.js';
import { Transports } from './transports.js';

export interface RunOptions {
  /** Name of the service in logs and metrics. */
  readonly name: string;
  /** The service's own module; {@link ServiceModule} comes beside it. */
  readonly module: Type | DynamicModule;
  /** The parsed settings, injected as `SETTINGS`. */
  readonly settings: Pick<
    CommonSettings,
    'host' | 'port' | 'adminHost' | 'adminPort' | 'drainMs' | 'trustProxy' | 'maxRequestsPerAddress'
  > &
    TraceSettings;
  readonly log: Log;
  /** Adds middleware, pipes, `setupDocs`. Runs before the routes are registered. */
  readonly configure?: (app: NestExpressApplication) => Promise<void> | void;
  /**
   * The routes that are asked most: middleware that `configure` adds is left out for them, unless they name it. Default:
   * none.
   */
  readonly directRoutes?: readonly DirectRouteOptions[];
  /**
   * Options of Nest microservices. They connect after the service listens, for as long as that takes. Leave out
   * `waitOnFirstConnect`: it cannot be called off when the service ends.
   */
  readonly microservices?: readonly object[];
  /**
   * Runs last, when nothing of the application is left, such as to stop a server that it used. Also after a
   * failed start.
   */
  readonly onClosed?: () => Promise<void> | void;
  /**
   * End on SIGTERM and SIGINT, switch the log level on SIGUSR2. Default true, but false for a worker; the handlers are
   * removed by `close`.
   */
  readonly signals?: boolean;
  /** Where this is one of several workers. */
  readonly crew?: CrewMember | undefined;
  /** Differing from the defaults in `HTTP_LIMITS`. */
  readonly httpLimits?: Partial<HttpLimits>;
}

export interface RunningService {
  /** Base address, without trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Base address of what is for operators, when that has a port of its own. */
  readonly adminUrl: string | undefined;
  readonly app: NestExpressApplication;
  /** Does what a signal does, except that the process goes on. Resolves with whether all ended well. Safe to call twice. */
  close(): Promise<boolean>;
}

@Module({})
class RootModule {}

/**
 * Starts a service. It listens when this resolves, and says by itself in `/readyz` when it can work: neither
 * NATS nor another service has to be there.
 *
 * @throws StartError when it cannot listen; what was started is ended then
 */
export async function runService(options: RunOptions): Promise<RunningService> {
  const { settings, log } = options;
  const traces = await Traces.open(traceOptions(settings, options.name, log));
  const { app, openAdmin } = await createApp(options, traces).catch(async (error: unknown) => {
    await traces.close();
    await options.onClosed?.();
    throw error;
  });
  const server = app.getHttpServer();
  const sockets = new OpenSockets(server);
  const transports = new Transports(app, log);
  let admin: AdminServer | undefined;
  const end = async () => {
    await transports.stop();
    await app.close();
    await admin?.close();
    await traces.close();
    await options.onClosed?.();
  };
  try {
    await options.configure?.(app);
    transports.add(options.microservices ?? []);
    await app.init();
    admin = await openAdmin();
    await app.listen(settings.port, settings.host).catch((error: unknown) => {
      throw cannotListen(settings.host, settings.port, error);
    });
  } catch (error) {
    await end().catch((endError: unknown) => log.error({ err: endError }, 'The service did not end well.'));
    throw error;
  }
  transports.start();

  let stopped: Promise<boolean> | undefined;
  const close = () => {
    stopped ??= stopService({ server, sockets, drain: app.get(Drain), drainMs: settings.drainMs, log, end });
    return stopped;
  };
  const removers =
    options.signals === false || options.crew !== undefined
      ? []
      : [stopOnSignals(close, log), switchLevelOnSignal(log)];
  const removeHandlers = () => {
    for (const remove of removers) remove();
  };
  const { port } = server.address() as AddressInfo;
  const url = await app.getUrl();
  const adminUrl = admin?.url;
  log.info({ url, adminUrl }, 'The service is listening.');
  return { url, adminUrl, port, app, close: () => close().finally(removeHandlers) };
}

async function createApp(options: RunOptions, traces: Traces) {
  const { name, module, settings, log, httpLimits, directRoutes = [], crew } = options;
  const common = ServiceModule.forRoot({ name, settings, log, traces, crew });
  const root = { module: RootModule, imports: [common, module] };
  const direct = new DirectRoutes(directRoutes);
  const adapter = new ServiceAdapter({ ...HTTP_LIMITS, ...httpLimits }, direct);
  const logger = new NestLog(log);
  const app = await NestFactory.create<NestExpressApplication>(root, adapter, {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  const { adminHost, adminPort, trustProxy, maxRequestsPerAddress } = settings;
  if (trustProxy.length > 0) app.set('trust proxy', trustProxy);
  else noProxies(adapter.getInstance<ExpressPrototypes>());
  const door = new AdminDoor(adminPort !== undefined);
  const tracing = traces.recorder === undefined ? [] : [traceRequests(traces.recorder)];
  const beforeAll = inOneGo(
    requestId,
    accessLog(log),
    securityHeaders,
    door.middleware,
    requestRate(maxRequestsPerAddress),
    ...tracing,
    wellFormed,
    lastResponses(app.get(Drain)),
  );
  app.use(beforeAll);
  const problems = new ProblemFilter(log, app.get(Registry));
  app.useGlobalFilters(problems);
  const refuse = (error: unknown, request: IncomingMessage, response: ServerResponse) =>
    problems.answer(error, request, response);
  direct.open({ before: beforeAll, refuse });
  const openAdmin = async () => {
    if (adminPort === undefined) return undefined;
    const server = adapter.createServer(door.entrance(adapter.getInstance<RequestListener>()));
    return await AdminServer.open(server, adminHost, adminPort);
  };
  return { app, openAdmin };
}
