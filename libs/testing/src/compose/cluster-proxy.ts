import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { inProject } from '../project-root.js';
import { end, exited } from './child.js';
import type { Restartable } from './keep-running.js';

/** The port in the container, as docker-compose.yml and deploy/compose/nginx.conf have it. */
const PORT = 8080;

/** Where the replicas of each service are, by the names of deploy/compose/upstreams.conf. */
export type Upstreams = Readonly<Record<'auth' | 'ingest' | 'gateway', readonly string[]>>;

/** Whether a connection is taken there; rejects where it is refused. */
async function listens({ hostname, port }: URL): Promise<true> {
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}

/** nginx with deploy/compose/nginx.conf on the loopback interface. Whoever starts it stops it. */
export class ClusterProxy implements Restartable {
  readonly name = 'nginx';
  private child: ChildProcess | undefined;

  private constructor(
    private readonly dir: string,
    readonly url: string,
  ) {}

  /** Whether there is an nginx on this machine. */
  static isThere(): boolean {
    return spawnSync('nginx', ['-v']).error === undefined;
  }

  /**
   * Resolves when it listens.
   *
   * @param dir for its files; must not exist yet
   */
  static async start(dir: string, port: number, upstreams: Upstreams): Promise<ClusterProxy> {
    await mkdir(dir);
    const conf = await readFile(inProject('deploy/compose/nginx.conf'), 'utf8');
    await writeFile(
      join(dir, 'nginx.conf'),
      conf
        .replace(/^worker_rlimit_nofile .*$/m, '')
        .replace(`listen ${PORT};`, `listen 127.0.0.1:${port};`)
        // Beside its own data: a replica that is restarted would fill the terminal.
        .replace('error_log stderr', `error_log ${dir}.log`)
        .replaceAll('/tmp/nginx', join(dir, 'nginx')),
    );
    // What Docker's DNS would answer.
    const blocks = Object.entries(upstreams).map(([name, urls]) => {
      const servers = urls.map((url) => `server ${new URL(url).host} max_fails=0;`);
      return `upstream ${name} { ${servers.join(' ')} }\n`;
    });
    await writeFile(join(dir, 'upstreams.conf'), blocks.join(''));
    const proxy = new ClusterProxy(dir, `http://127.0.0.1:${port}`);
    await proxy.restart();
    return proxy;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  exited(): Promise<void> {
    return exited(this.child);
  }

  async restart(): Promise<void> {
    this.killWorkers();
    const [log, conf] = [`${this.dir}.log`, join(this.dir, 'nginx.conf')];
    this.child = spawn('nginx', ['-e', log, '-p', this.dir, '-c', conf, '-g', 'daemon off;'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      // A process group of its own, so that its workers are found when it was killed.
      detached: true,
    });
    await eventually('nginx listens', () => listens(new URL(this.url)), 20_000);
  }

  /** Cuts the connections that are open: a stream would hold up an end in good order for an hour. */
  async stop(): Promise<void> {
    await end(this.child, 'SIGTERM');
    this.killWorkers();
  }

  /** Workers outlive a master that was killed, and keep the port. In a container they would not. */
  private killWorkers(): void {
    if (this.child?.pid === undefined) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  }
}
