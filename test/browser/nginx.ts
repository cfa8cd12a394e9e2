import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '#libs/nats-server';
import { eventually } from '#libs/testing';

const HOST = '127.0.0.1';

export function hasNginx(): boolean {
  return spawnSync('nginx', ['-v']).error === undefined;
}

/** nginx in front of a service as somebody sets it up who knows nothing of streams: it buffers, unless told not to. */
export class Nginx {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly dir: string,
  ) {}

  /** Resolves when it listens. Whoever starts it stops it. */
  static async start(upstream: string): Promise<Nginx> {
    const dir = await mkdtemp(join(tmpdir(), 'runnel-nginx-'));
    const [port = 0] = await freePorts(1, HOST);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${join(dir, name)};`)
      .join(' ');
    const config = `
      daemon off; worker_processes 1; pid ${join(dir, 'pid')}; error_log ${join(dir, 'error.log')};
      events { }
      http { access_log off; ${temporary} server { listen ${HOST}:${port}; location / { proxy_pass ${upstream}; } } }`;
    const file = join(dir, 'nginx.conf');
    await writeFile(file, config);
    const child = spawn('nginx', ['-e', join(dir, 'error.log'), '-c', file], { stdio: 'ignore' });
    const nginx = new Nginx(`http://${HOST}:${port}`, child, dir);
    await eventually('nginx answers', async () => (await fetch(nginx.url)).status > 0, 30_000).catch(
      async (error: unknown) => {
        await nginx.stop();
        throw error;
      },
    );
    return nginx;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    await rm(this.dir, { recursive: true });
  }
}
