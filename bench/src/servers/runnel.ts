import { type StreamRef, streamOfSubject } from '#libs/contracts';
import { type System, startSystem } from '#libs/testing';
import { HttpPipe } from '../client/http-pipe.js';
import type { MeasuredProcess } from '../measure/process-cost.js';
import { GatewayProfiles } from './gateway-profiles.js';
import type { BenchServer, BenchStream, ServerKind } from './server.js';

/** Runnel as its users run it in production: three services and nats-server, each a process of its own. */
export const runnel: ServerKind = {
  name: 'runnel',
  unavailable: () => undefined,
  start: () => RunnelServer.start(),
};

/** A stream, and what libraries of Runnel call it. */
export interface RunnelStream extends BenchStream {
  readonly ref: StreamRef;
}

export class RunnelServer implements BenchServer {
  readonly name = 'runnel';
  private readonly pipe: HttpPipe;
  private streams = 0;
  private workspace: string | undefined;

  private constructor(
    readonly system: System,
    private readonly publishKey: string,
    private readonly subscribeKey: string,
  ) {
    const { hostname, port } = new URL(system.ingest.url);
    this.pipe = new HttpPipe(hostname, Number(port));
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<RunnelServer> {
    const system = await startSystem({
      env: { RUNNEL_SHARDS: '16', ...env },
      envOf: { 'stream-gateway': GatewayProfiles.current?.env ?? {} },
    });
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

  /** Where NATS is, for what goes around Runnel. */
  get natsUrl(): string {
    return this.system.nats[0]?.url ?? '';
  }

  /** A private stream: whoever reads it shows a key. */
  async openStream(): Promise<RunnelStream> {
    this.streams += 1;
    const fields = { name: `bench-${this.streams}`, visibility: 'private' };
    const { status, body } = await this.system.call('ingest', 'POST', '/v1/workflows', fields);
    if (status !== 201) throw new Error(`No stream was made: ${status} ${JSON.stringify(body)}`);
    this.workspace ??= await this.findWorkspace(body.id);
    return this.stream(this.workspace, body.id);
  }

  /** Many of them. */
  async openStreams(count: number): Promise<RunnelStream[]> {
    const streams: RunnelStream[] = [];
    while (streams.length < count) {
      const some = Array.from({ length: Math.min(32, count - streams.length) }, () => this.openStream());
      streams.push(...(await Promise.all(some)));
    }
    return streams;
  }

  async stop(): Promise<void> {
    this.pipe.close();
    await this.system.stop();
  }

  private async findWorkspace(stream: string): Promise<string> {
    const { body } = await this.system.call('ingest', 'GET', `/v1/streams/${stream}`);
    const ref = streamOfSubject(body.nats_subject);
    if (ref === undefined) throw new Error(`What is this? ${body.nats_subject}`);
    return ref.workspace;
  }

  private stream(workspace: string, id: string): RunnelStream {
    const { hostname, port } = new URL(this.system.gateways[0]?.url ?? '');
    return {
      ref: { workspace, stream: id },
      address: {
        host: hostname,
        port: Number(port),
        path: `/pipelines/${id}/sse`,
        headers: { authorization: `Bearer ${this.subscribeKey}` },
      },
      publish: async (payloads) => {
        const headers = {
          'content-type': 'application/json',
          authorization: `Bearer ${this.publishKey}`,
        };
        const { status, body } = await this.pipe.post(
          `/v1/streams/${id}/events`,
          headers,
          eventsBody(payloads),
        );
        if (status !== 201) throw new Error(`Runnel refused events: ${status} ${body}`);
      },
    };
  }
}

/** The body of a request that publishes these. */
export function eventsBody(payloads: readonly string[]): string {
  const events = payloads.map((payload) => `{"channel":"bench","payload":${payload}}`);
  return `[${events.join(',')}]`;
}
