import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccountKey, newApiKey } from '#libs/access';
import { findNatsServer, freePorts } from '#libs/nats-server';
import { eventually } from '../eventually.js';
import { inProject } from '../project-root.js';
import { type AppName, ServiceProcess } from '../service-process.js';
import { ready } from '../system.js';
import { type ComposeService, readComposeFile } from './compose-file.js';

const APPS: readonly AppName[] = ['auth', 'ingest', 'stream-gateway'];
/** Ports inside the containers, as docker-compose.yml and deploy/compose have them. */
const NATS_PORTS = { client: 4222, routes: 6222, monitoring: 8222 } as const;
const PROXY_PORT = 8080;
const HOST = '127.0.0.1';

export interface ComposeClusterOptions {
  /** Port of the address that all services have together; default a free one. */
  readonly port?: number;
  /** Called with what is done at the moment. */
  readonly onProgress?: (text: string) => void;
}

/** A nats-server of the cluster. */
export interface ClusterNats {
  readonly name: string;
  readonly url: string;
  /** Ends it as the signal does, and resolves when it has gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again with its data and ports, and resolves when it is healthy. */
  start(): Promise<void>;
}

/**
 * What docker-compose.yml describes, as processes on the loopback interface: the same services, numbers, environment
 * and configuration files, with other ports. Needs `dist/`. Whoever starts it stops it.
 */
export class ComposeCluster {
  readonly adminKey = newApiKey();
  readonly services = new Map<AppName, ServiceProcess[]>();
  readonly nats: ClusterNats[] = [];
  /** The one address, when nginx is there; else undefined, and the services have to be asked one by one. */
  proxyUrl: string | undefined;
  private proxy: ChildProcess | undefined;

  private constructor(private readonly dir: string) {}

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
    if (this.proxy !== undefined) await end(this.proxy, 'SIGQUIT');
    await Promise.all([...this.services.values()].flat().map((service) => service.stop()));
    await Promise.all(this.nats.map((server) => server.kill('SIGTERM')));
    await rm(this.dir, { recursive: true, force: true });
  }

  private async launch({ port, onProgress = () => {} }: ComposeClusterOptions): Promise<void> {
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
    if (!hasNginx()) return;
    onProgress('Starting nginx …');
    await this.startProxy(proxyPort);
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
    const { path: binary } = await findNatsServer();
    const dir = join(this.dir, name);
    await mkdir(dir);
    const at = (port: number) => hosts.get(`${name}:${port}`) as string;
    const text = await readFile(inProject('deploy/compose/nats.conf'), 'utf8');
    const config = text
      .replace(`"0.0.0.0:${NATS_PORTS.client}"`, JSON.stringify(at(NATS_PORTS.client)))
      .replace(`"0.0.0.0:${NATS_PORTS.routes}"`, JSON.stringify(at(NATS_PORTS.routes)))
      .replace(`"127.0.0.1:${NATS_PORTS.monitoring}"`, JSON.stringify(at(NATS_PORTS.monitoring)))
      .replace('"/data"', JSON.stringify(join(dir, 'data')));
    const file = join(dir, 'nats.conf');
    await writeFile(file, config);
    const env = { ...mapped(environment, hosts), PATH: process.env.PATH };
    let child: ChildProcess | undefined;
    this.nats.push({
      name,
      url: `nats://${at(NATS_PORTS.client)}`,
      kill: async (signal) => {
        if (child !== undefined) await end(child, signal);
      },
      start: async () => {
        const log = join(dir, 'nats.log');
        child = spawn(binary, ['--config', file, '--log', log], { env, stdio: 'ignore' });
        const healthz = `http://${at(NATS_PORTS.monitoring)}/healthz`;
        await eventually(`${name} is healthy`, async () => (await fetch(healthz)).ok, 30_000).catch(
          async (cause: unknown) => {
            throw new Error(await readFile(log, 'utf8'), { cause });
          },
        );
      },
    });
  }

  private async addServices(
    app: AppName,
    { environment, replicas }: ComposeService,
    hosts: ReadonlyMap<string, string>,
  ): Promise<void> {
    const env = mapped(environment, hosts);
    const processes: ServiceProcess[] = [];
    this.services.set(app, processes);
    for (let count = 0; count < replicas; count += 1) processes.push(await ServiceProcess.start(app, env));
  }

  private async startProxy(port: number): Promise<void> {
    const dir = join(this.dir, 'nginx');
    await mkdir(dir);
    const conf = await readFile(inProject('deploy/compose/nginx.conf'), 'utf8');
    await writeFile(
      join(dir, 'nginx.conf'),
      conf
        .replace(/^worker_rlimit_nofile .*$/m, '')
        .replace(`listen ${PROXY_PORT};`, `listen 127.0.0.1:${port};`)
        // Beside its own data: a replica that is restarted would fill the terminal.
        .replace('error_log stderr', `error_log ${join(dir, 'error.log')}`)
        .replaceAll('/tmp/nginx', join(dir, 'nginx')),
    );
    await writeFile(join(dir, 'upstreams.conf'), this.upstreams());
    this.proxy = spawn('nginx', ['-p', dir, '-c', join(dir, 'nginx.conf'), '-g', 'daemon off;'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.proxyUrl = `http://127.0.0.1:${port}`;
    await eventually('nginx answers', async () => (await fetch(`${this.proxyUrl}/healthz`)).ok, 20_000);
  }

  /** What Docker's DNS would answer. */
  private upstreams(): string {
    const names = { auth: 'auth', ingest: 'ingest', 'stream-gateway': 'gateway' } as const;
    return APPS.map((app) => {
      const servers = this.services.get(app)?.map(({ url }) => `server ${new URL(url).host} max_fails=0;`);
      return `upstream ${names[app as keyof typeof names]} { ${servers?.join(' ')} }\n`;
    }).join('');
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

function hasNginx(): boolean {
  return spawnSync('nginx', ['-v']).error === undefined;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
