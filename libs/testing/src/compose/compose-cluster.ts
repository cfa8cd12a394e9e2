import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccountKey, newApiKey } from '#libs/access';
import { freePorts } from '#libs/nats-server';
import { inProject } from '../project-root.js';
import { type AppName, ServiceProcess } from '../service-process.js';
import { ready } from '../system.js';
import { ClusterNats, NATS_PORTS } from './cluster-nats.js';
import { ClusterProxy } from './cluster-proxy.js';
import { type ComposeService, readComposeFile } from './compose-file.js';
import { keepRunning, type Restartable } from './keep-running.js';

const APPS: readonly AppName[] = ['auth', 'ingest', 'stream-gateway'];
const HOST = '127.0.0.1';

export interface ComposeClusterOptions {
  /** Port of the address that all services have together; default a free one. */
  readonly port?: number;
  /** Whether what ends is started again, as the compose file says: `restart: unless-stopped`. Default false. */
  readonly keepRunning?: boolean;
  /** Called with what is done at the moment. */
  readonly onProgress?: (text: string) => void;
}

/**
 * What docker-compose.yml describes, as processes on the loopback interface: the same services, numbers, environment
 * and configuration files, with other ports. Needs `dist/`. Whoever starts it stops it.
 */
export class ComposeCluster {
  readonly adminKey = newApiKey();
  readonly services = new Map<AppName, ServiceProcess[]>();
  readonly nats: ClusterNats[] = [];
  private proxy: ClusterProxy | undefined;
  private readonly stopping = new AbortController();

  private constructor(
    /** Has a log of each process, until all of it is stopped. */
    readonly dir: string,
  ) {}

  /** The one address, when nginx is there; else undefined, and the services have to be asked one by one. */
  get proxyUrl(): string | undefined {
    return this.proxy?.url;
  }

  /** Resolves when all of it is ready; what was started is ended when it fails. */
  static async start(options: ComposeClusterOptions = {}): Promise<ComposeCluster> {
    const cluster = new ComposeCluster(await mkdtemp(join(tmpdir(), 'runnel-cluster-')));
    try {
      await cluster.launch(options);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.proxy?.stop();
    await Promise.all([...this.services.values()].flat().map((service) => service.stop()));
    await Promise.all(this.nats.map((server) => server.kill('SIGTERM')));
    await rm(this.dir, { recursive: true, force: true });
  }

  private async launch({
    port,
    keepRunning: again = false,
    onProgress = () => {},
  }: ComposeClusterOptions): Promise<void> {
    const hosts = await this.hosts();
    const [proxyPort = 0] = port === undefined ? await freePorts(1, HOST) : [port];
    const env = this.secrets(`http://127.0.0.1:${proxyPort}`);
    const services = readComposeFile(await readFile(inProject('docker-compose.yml'), 'utf8'), env);
    onProgress('Starting nats-server three times …');
    for (const [name, service] of services) {
      if (service.image?.startsWith('nats:')) await this.addNats(name, service, hosts);
    }
    await Promise.all(this.nats.map((server) => server.start()));
    for (const app of APPS) {
      const service = [...services.values()].find(({ build }) => build?.target === app);
      if (service === undefined) throw new Error(`docker-compose.yml has no service for ${app}.`);
      onProgress(`Starting ${app} × ${service.replicas} …`);
      await this.addServices(app, service, hosts);
    }
    const all = [...this.services.values()].flat();
    await Promise.all(all.map(({ url, output }) => ready(url, output)));
    if (ClusterProxy.isThere()) {
      onProgress('Starting nginx …');
      this.proxy = await this.startProxy(proxyPort);
    }
    if (!again) return;
    for (const process of this.processes) void keepRunning(process, this.stopping.signal, onProgress);
  }

  /** Where each `name:port` of the containers is here. */
  private async hosts(): Promise<ReadonlyMap<string, string>> {
    const names = ['nats-1', 'nats-2', 'nats-3'];
    const ports = await freePorts(3 * names.length, HOST);
    const pairs = names.flatMap((name) =>
      Object.values(NATS_PORTS).map((port) => [`${name}:${port}`, `127.0.0.1:${ports.shift()}`] as const),
    );
    return new Map(pairs);
  }

  /** What scripts/compose-env.mjs writes, and the address. */
  private secrets(publicUrl: string): Record<string, string> {
    const issuer = AccountKey.generate();
    return {
      NATS_AUTH_PASSWORD: 'p-auth',
      NATS_INGEST_PASSWORD: 'p-ingest',
      NATS_GATEWAY_PASSWORD: 'p-gateway',
      NATS_OPERATOR_PASSWORD: 'p-operator',
      NATS_ROUTES_PASSWORD: 'p-routes',
      NATS_CALLOUT_PASSWORD: 'p-callout',
      NATS_CALLOUT_ISSUER: issuer.publicKey,
      RUNNEL_NATS_CALLOUT_SEED: issuer.seed,
      RUNNEL_ADMIN_KEY: this.adminKey,
      RUNNEL_PUBLIC_URL: publicUrl,
      RUNNEL_TRUST_PROXY: 'loopback',
    };
  }

  private async addNats(
    name: string,
    { environment }: ComposeService,
    hosts: ReadonlyMap<string, string>,
  ): Promise<void> {
    const at = (port: keyof typeof NATS_PORTS) => hosts.get(`${name}:${NATS_PORTS[port]}`) as string;
    const server = await ClusterNats.prepare({
      name,
      dir: join(this.dir, name),
      at: { client: at('client'), routes: at('routes'), monitoring: at('monitoring') },
      env: mapped(environment, hosts),
    });
    this.nats.push(server);
  }

  private async addServices(
    app: AppName,
    { environment, replicas }: ComposeService,
    hosts: ReadonlyMap<string, string>,
  ): Promise<void> {
    const env = mapped(environment, hosts);
    const processes: ServiceProcess[] = [];
    this.services.set(app, processes);
    for (let count = 0; count < replicas; count += 1) {
      const log = join(this.dir, `${app}-${count + 1}.log`);
      processes.push(await ServiceProcess.start(app, env, log));
    }
  }

  private startProxy(port: number): Promise<ClusterProxy> {
    const urlsOf = (app: AppName) => (this.services.get(app) ?? []).map(({ url }) => url);
    return ClusterProxy.start(join(this.dir, 'nginx'), port, {
      auth: urlsOf('auth'),
      ingest: urlsOf('ingest'),
      gateway: urlsOf('stream-gateway'),
    });
  }

  /** Everything that runs, from the servers to the address. */
  get processes(): readonly Restartable[] {
    const { proxy } = this;
    const services = [...this.services].flatMap(([app, list]) =>
      list.map((service, index) => ({
        name: `${app}-${index + 1}`,
        url: service.url,
        get pid() {
          return service.pid;
        },
        exited: () => service.exited(),
        restart: () => service.restart(),
      })),
    );
    return [...this.nats, ...services, ...(proxy === undefined ? [] : [proxy])];
  }
}

function mapped(
  environment: Readonly<Record<string, string>>,
  hosts: ReadonlyMap<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([key, value]) => {
      let text = value;
      for (const [host, here] of hosts) text = text.replaceAll(host, here);
      return [key, text];
    }),
  );
}
