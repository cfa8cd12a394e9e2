import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { ServiceProcess } from './service-process.js';
import { SseCapture } from './sse-capture.js';
import { type Answer, callJson, newAdminKey, ready } from './system.js';

/** Runnel as one process with its own nats-server, in a directory of its own. Whoever starts it stops it. */
export class Standalone {
  private constructor(
    readonly process: ServiceProcess,
    readonly adminKey: string,
    readonly dataDir: string,
  ) {}

  /** Resolves when it is ready. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<Standalone> {
    const dataDir = await mkdtemp(join(tmpdir(), 'runnel-test-'));
    const adminKey = env.RUNNEL_ADMIN_KEY ?? (await newAdminKey());
    const process = await ServiceProcess.start('standalone', {
      RUNNEL_DATA_DIR: dataDir,
      RUNNEL_ADMIN_KEY: adminKey,
      RUNNEL_DRAIN_MS: '500',
      XDG_CONFIG_HOME: join(dataDir, 'config'),
      ...env,
    });
    await ready(process.url, process.output);
    // Printed last: until then its key may not be in the data directory.
    await eventually('it says that it is ready', () =>
      process.output.some((line) => line.startsWith('Runnel is ready')),
    );
    return new Standalone(process, adminKey, dataDir);
  }

  get url(): string {
    return this.process.url;
  }

  /** Address of its own nats-server, as it is printed. */
  natsUrl(): Promise<string> {
    return eventually('the address of NATS', () => {
      const line = this.process.output.findLast((text) => text.startsWith('NATS publishers sign in at '));
      return line?.split(' ')[5];
    });
  }

  /** A JSON call with the admin key, or with another one. */
  call(
    method: string,
    path: string,
    body?: unknown,
    key: string | undefined = this.adminKey,
  ): Promise<Answer> {
    return callJson(this.url + path, method, key, body);
  }

  /** A new workflow's id. */
  async workflow(settings: Record<string, unknown> = {}): Promise<string> {
    const name = `w${Math.random().toString(36).slice(2)}`;
    const { status, body } = await this.call('POST', '/v1/workflows', { name, ...settings });
    if (status !== 201) throw new Error(`No workflow: ${status} ${JSON.stringify(body)}`);
    return body.id as string;
  }

  /** Publishes events and returns their ids. */
  async publish(stream: string, events: unknown): Promise<string[]> {
    const { status, body } = await this.call('POST', `/v1/streams/${stream}/events`, events);
    if (status !== 201) throw new Error(`Not published: ${status} ${JSON.stringify(body)}`);
    return (body.events as { id: string }[]).map(({ id }) => id);
  }

  /** Opens a stream's SSE address. */
  subscribe(path: string, headers: Record<string, string> = {}): Promise<SseCapture> {
    return SseCapture.open(this.url + path, headers);
  }

  /** Ends it and removes its data. Resolves with its exit code. */
  async stop(): Promise<number | null> {
    const code = await this.process.stop();
    await rm(this.dataDir, { recursive: true, force: true });
    return code;
  }
}
