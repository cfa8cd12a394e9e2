import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpPipe } from '../client/http-pipe.js';
import { freePort } from './free-port.js';
import { Program } from './program.js';
import type { BenchServer, BenchStream, ServerKind } from './server.js';

const NGINX = '/usr/sbin/nginx';
const MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** nginx with the module nchan, which is written in C, as Debian packages them. */
export const nchan: ServerKind = {
  name: 'nchan',
  unavailable: () =>
    existsSync(NGINX) && existsSync(MODULE)
      ? undefined
      : 'the Debian packages nginx-light and libnginx-mod-nchan are not installed',
  async start() {
    const directory = await mkdtemp(join(tmpdir(), 'runnel-bench-nchan-'));
    const port = await freePort();
    await writeFile(join(directory, 'nginx.conf'), configuration(port));
    const args = ['-p', directory, '-c', 'nginx.conf', '-e', 'stderr'];
    return new NchanServer(await Program.start(NGINX, args, port), port, directory);
  },
};

class NchanServer implements BenchServer {
  readonly name = 'nchan';
  private readonly pipe: HttpPipe;
  private streams = 0;

  constructor(
    private readonly program: Program,
    private readonly port: number,
    private readonly directory: string,
  ) {
    this.pipe = new HttpPipe('127.0.0.1', port);
  }

  get processes() {
    return [{ role: 'nginx', pid: this.program.pid }];
  }

  openStream(): Promise<BenchStream> {
    this.streams += 1;
    const id = this.streams;
    return Promise.resolve({
      address: { host: '127.0.0.1', port: this.port, path: `/sub/${id}`, headers: {} },
      // It takes one event a request; without waiting in between is the best that a publisher can do.
      publish: async (payloads) => {
        await Promise.all(payloads.map((payload) => this.publishOne(id, payload)));
      },
    });
  }

  async stop(): Promise<void> {
    this.pipe.close();
    await this.program.stop();
    await rm(this.directory, { recursive: true });
  }

  private async publishOne(id: number, payload: string): Promise<void> {
    const { status } = await this.pipe.post(`/pub/${id}`, { 'content-type': 'application/json' }, payload);
    if (status !== 201 && status !== 202) throw new Error(`nchan refused an event: ${status}`);
  }
}

/** One worker process: more would share the work, and add the cost of talking to each other. */
function configuration(port: number): string {
  const root = process.getuid?.() === 0 ? 'user root;' : '';
  return `
${root}
load_module ${MODULE};
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 19000; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  nchan_shared_memory_size 512M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    keepalive_requests 1000000000;
    location ~ ^/pub/(\\w+)$ {
      nchan_publisher;
      nchan_channel_id $1;
      nchan_message_buffer_length 100;
      nchan_message_timeout 1h;
    }
    location ~ ^/sub/(\\w+)$ {
      nchan_subscriber eventsource;
      nchan_channel_id $1;
      nchan_subscriber_first_message oldest;
    }
  }
}
`;
}
