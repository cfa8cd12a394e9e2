import { newApiKey } from '#libs/access';
import {
  type NatsServer,
  type StartNatsServerOptions,
  startNatsCluster,
  startNatsServer,
} from '#libs/nats-server';
import { eventually } from './eventually.js';
import { ServiceProcess } from './service-process.js';

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
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts the form of what came
  readonly body: any;
}

/** Starts a system and resolves when all of it is ready. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const cluster = options.natsServers === 3 ? await startNatsCluster({ size: 3 }) : undefined;
  const nats = cluster?.servers ?? [await startNatsServer(options.natsOptions)];
  const adminKey = newApiKey();
  const replicas = String(nats.length);
  const urls = nats.map(({ url }) => url);
  const envAt = (first: number) => ({
    NATS_URL: [...urls.slice(first), ...urls.slice(0, first)].join(','),
    NATS_REPLICAS: replicas,
    RUNNEL_SHARDS: '4',
    RUNNEL_DRAIN_MS: '1000',
    ...options.env,
  });
  const auth = await ServiceProcess.start('auth', { ...envAt(0), RUNNEL_ADMIN_KEY: adminKey });
  const ingest = await ServiceProcess.start('ingest', envAt(0));
  const ingests: [ServiceProcess, ...ServiceProcess[]] = [ingest];
  while (ingests.length < (options.ingests ?? 1)) {
    ingests.push(await ServiceProcess.start('ingest', envAt(ingests.length % urls.length)));
  }
  const gateways: ServiceProcess[] = [];
  for (let n = 0; n < (options.gateways ?? 1); n += 1) {
    gateways.push(await ServiceProcess.start('stream-gateway', envAt((n + 1) % urls.length)));
  }
  const services = [auth, ...ingests, ...gateways];
  await Promise.all(services.map(({ url, output }) => ready(url, output)));
  return {
    nats,
    auth,
    ingest,
    ingests,
    gateways,
    adminKey,
    call: (service, method, path, body) =>
      callJson(({ auth, ingest } as const)[service].url + path, method, adminKey, body),
    stop: async () => {
      await Promise.all(services.map((service) => service.stop()));
      await (cluster?.stop() ?? nats[0]?.stop());
    },
  };
}

/** Waits until a service says that it can do its job. */
export function ready(url: string, output: readonly string[] = []): Promise<unknown> {
  return eventually(
    `${url} is ready\n${output.slice(-10).join('\n')}`,
    async () => (await fetch(`${url}/readyz`)).ok,
    30_000,
  );
}

/** One JSON call. */
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
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}
