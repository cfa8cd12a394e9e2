import {
  type NatsServer,
  type StartNatsServerOptions,
  startNatsCluster,
  startNatsServer,
} from '#libs/nats-server';
import { eventually } from './eventually.js';
import { ANSWER_MS } from './load/number-publisher.js';
import { TcpProxy, type TcpProxyOptions } from './proxy/tcp-proxy.js';
import { type AppName, ServiceProcess } from './service-process.js';

export interface SystemOptions {
  /** Servers of the NATS system: 1, or 3 with three copies of everything. Default 1. */
  readonly natsServers?: 1 | 3;
  /** Replicas of ingest. Default 1. */
  readonly ingests?: number;
  /** Gateways beside each other. Default 1. In a cluster each signs in to another server. */
  readonly gateways?: number;
  /** How to start the NATS server, where there is one. */
  readonly natsOptions?: StartNatsServerOptions;
  /** Environment of all services, beside what they need to find each other. */
  readonly env?: Readonly<Record<string, string>>;
  /** Environment of one service, beside that. */
  readonly envOf?: Readonly<Partial<Record<AppName, Readonly<Record<string, string>>>>>;
  /** Whether each service reaches NATS over a proxy of its own, {@link System.link}, and what that does. For one server only. */
  readonly proxied?: boolean | TcpProxyOptions;
}

/** Runnel as separate processes, with a real NATS under them. Whoever starts it stops it. */
export interface System {
  readonly nats: readonly NatsServer[];
  readonly auth: ServiceProcess;
  /** The first replica of ingest, and all of them. */
  readonly ingest: ServiceProcess;
  readonly ingests: readonly [ServiceProcess, ...ServiceProcess[]];
  readonly gateways: readonly ServiceProcess[];
  /** First key, which may do everything. */
  readonly adminKey: string;
  /** Calls ingest or auth with the admin key and a JSON body. */
  call(service: 'auth' | 'ingest', method: string, path: string, body?: unknown): Promise<Answer>;
  /** The network between a service and NATS, in a system that is proxied. */
  link(service: ServiceProcess): TcpProxy;
  /** What the services complained of as errors: nothing that anybody foresaw. */
  complaints(): string[];
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts the form of what came
  readonly body: any;
}

/**
 * Milliseconds for a hook that starts a system: longer than all of it may take, so that what is reported is why it did
 * not start.
 */
export const SYSTEM_START_MS = 150_000;

/** Starts a system and resolves when all of it is ready. What had been started by then is stopped when it fails. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const cluster = options.natsServers === 3 ? await startNatsCluster({ size: 3 }) : undefined;
  const nats = cluster?.servers ?? [await startNatsServer(options.natsOptions)];
  const links = new Map<ServiceProcess, TcpProxy>();
  const proxies: TcpProxy[] = [];
  const services: ServiceProcess[] = [];
  const stop = async () => {
    for (const proxy of proxies) proxy.heal();
    await Promise.all(services.map((service) => service.stop()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await (cluster?.stop() ?? nats[0]?.stop());
  };
  const adminKey = await newAdminKey();
  const urls = nats.map(({ url }) => url);
  const start = async (app: AppName, n: number) => {
    const { proxied = false } = options;
    const link = proxied
      ? await TcpProxy.open(urls[0] as string, proxied === true ? {} : proxied)
      : undefined;
    if (link !== undefined) proxies.push(link);
    const first = n % urls.length;
    const service = await ServiceProcess.start(app, {
      NATS_URL: link?.url ?? [...urls.slice(first), ...urls.slice(0, first)].join(','),
      NATS_REPLICAS: String(nats.length),
      RUNNEL_SHARDS: '4',
      RUNNEL_DRAIN_MS: '1000',
      ...(app === 'auth' ? { RUNNEL_ADMIN_KEY: adminKey } : {}),
      ...options.env,
      ...options.envOf?.[app],
    });
    services.push(service);
    if (link !== undefined) links.set(service, link);
    return service;
  };
  const { ingests: ingestCount = 1, gateways: gatewayCount = 1 } = options;
  const several = (app: AppName, count: number, first: number) =>
    Array.from({ length: count }, (_, n) => start(app, first + n));
  try {
    const starting = [
      start('auth', 0),
      ...several('ingest', ingestCount, 0),
      ...several('stream-gateway', gatewayCount, 1),
    ];
    // When one fails, none of the others is still on its way as they are stopped.
    await Promise.allSettled(starting);
    const [auth, ...others] = (await Promise.all(starting)) as [ServiceProcess, ...ServiceProcess[]];
    const ingests = others.slice(0, ingestCount) as [ServiceProcess, ...ServiceProcess[]];
    const gateways = others.slice(ingestCount);
    await Promise.all(services.map(({ url, output }) => ready(url, output)));
    const [ingest] = ingests;
    return {
      nats,
      auth,
      ingest,
      ingests,
      gateways,
      adminKey,
      call: (service, method, path, body) =>
        callJson(({ auth, ingest } as const)[service].url + path, method, adminKey, body),
      link: (service) => {
        const link = links.get(service);
        if (link === undefined) throw new Error('This system is not proxied.');
        return link;
      },
      complaints: () => services.flatMap((service) => service.complaints()),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Nest comes with the library of keys, and most specs that need this one can do without: so it is loaded late. */
export async function newAdminKey(): Promise<string> {
  const { newApiKey } = await import('#libs/access');
  return newApiKey();
}

/** Waits until a service says that it can do its job. */
export function ready(url: string, output: readonly string[] = []): Promise<unknown> {
  return eventually(
    `${url} is ready\n${output.slice(-10).join('\n')}`,
    async () => (await fetch(`${url}/readyz`)).ok,
    30_000,
  );
}

/** One JSON call, answered within 10 s or failed. */
export async function callJson(
  url: string,
  method: string,
  key: string | undefined,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
