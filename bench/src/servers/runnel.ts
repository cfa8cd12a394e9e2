import { type System, startSystem } from '#libs/testing';
import { HttpPipe } from '../client/http-pipe.js';
import type { MeasuredProcess } from '../measure/process-cost.js';
import type { BenchServer, BenchStream, ServerKind } from './server.js';

/** Runnel as its users run it in production: three services and nats-server, each a process of its own. */
export const runnel: ServerKind = {
  name: 'runnel',
  unavailable: () => undefined,
  start: () => RunnelServer.start(),
};

export class RunnelServer implements BenchServer {
  readonly name = 'runnel';
  private readonly pipe: HttpPipe;
  private streams = 0;

  private constructor(
    readonly system: System,
    private readonly publishKey: string,
    private readonly subscribeKey: string,
  ) {
    const { hostname, port } = new URL(system.ingest.url);
    this.pipe = new HttpPipe(hostname, Number(port));
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RunnelServer> {
    const system = await startSystem({ env: { RUNNEL_SHARDS: '16', ...env } });
    const newKey = async (scope: string) => {
      const fields = { name: scope, scopes: [scope], streams: ['*'] };
      const { status, body } = await system.call('auth', 'POST', '/v1/keys', fields);
      if (status !== 201) throw new Error(`No key was made: ${status} ${JSON.stringify(body)}`);
      return body.key as string;
    };
    return new RunnelServer(system, await newKey('publish'), await newKey('subscribe'));
  }

  get processes(): readonly MeasuredProcess[] {
    const { gateways, nats, ingest, auth } = this.system;
    return [
      ...gateways.map(({ pid }) => ({ role: 'gateway', pid })),
      ...nats.map(({ pid }) => ({ role: 'nats-server', pid })),
      { role: 'ingest', pid: ingest.pid },
      { role: 'auth', pid: auth.pid },
    ];
  }

  /** A private stream: whoever reads it shows a key. */
  async openStream(): Promise<BenchStream> {
    this.streams += 1;
    const fields = { name: `bench-${this.streams}`, visibility: 'private' };
    const { status, body } = await this.system.call('ingest', 'POST', '/v1/workflows', fields);
    if (status !== 201) throw new Error(`No stream was made: ${status} ${JSON.stringify(body)}`);
    return this.stream(body.id as string);
  }

  async stop(): Promise<void> {
    this.pipe.close();
    await this.system.stop();
  }

  private stream(id: string): BenchStream {
    const { hostname, port } = new URL(this.system.gateways[0]?.url ?? '');
    return {
      address: {
        host: hostname,
        port: Number(port),
        path: `/pipelines/${id}/sse`,
        headers: { authorization: `Bearer ${this.subscribeKey}` },
      },
      publish: async (payloads) => {
        const events = payloads.map((payload) => `{"channel":"bench","payload":${payload}}`).join(',');
        const headers = {
          'content-type': 'application/json',
          authorization: `Bearer ${this.publishKey}`,
        };
        const { status, body } = await this.pipe.post(`/v1/streams/${id}/events`, headers, `[${events}]`);
        if (status !== 201) throw new Error(`Runnel refused events: ${status} ${body}`);
      },
    };
  }
}
