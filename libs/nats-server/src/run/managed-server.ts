import { setTimeout as sleep } from 'node:timers/promises';
import { NatsServerFailed } from '../errors.js';
import { onProcessEnd } from '../process-end.js';
import { Backoff } from './backoff.js';
import { type LaunchOptions, launch } from './launch.js';
import type { NatsProcess, NatsServerExit } from './nats-process.js';
import type { NatsServer, UnexpectedExit } from './options.js';
import type { ServerPorts } from './ports-file.js';

export interface ManagedServerOptions extends Omit<LaunchOptions, 'onSpawn'> {
  readonly restartOnExit: boolean;
  readonly onUnexpectedExit: (exit: UnexpectedExit) => void;
}

/**
 * A server over the lives of its processes.
 *
 * Invariant: at most one process at a time. Starts run one after the other through `#start`, and `stop()`
 * first makes further starts impossible, then ends what runs.
 */
export class ManagedServer implements NatsServer {
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff();
  readonly #forgetHook: () => void;
  #options: ManagedServerOptions;
  /** The newest: it may be starting, or have ended. */
  #process!: NatsProcess;
  #ports!: ServerPorts;
  #startedAt = 0;
  /** The start, restart or recovery under way, if any. Never rejects. */
  #busy: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  private constructor(options: ManagedServerOptions) {
    this.#options = options;
    this.#forgetHook = onProcessEnd(() => {
      this.#process?.kill(options.files.storeIsTemporary ? 'SIGKILL' : 'SIGTERM');
      options.files.removeTemporary();
    });
  }

  /** @throws NatsServerFailed, with nothing left running or on the disk */
  static async start(options: ManagedServerOptions): Promise<ManagedServer> {
    const server = new ManagedServer(options);
    try {
      await server.#start();
    } catch (error) {
      server.#forgetHook();
      options.files.removeAll();
      throw error;
    }
    return server;
  }

  get host(): string {
    return this.#options.settings.host;
  }
  get port(): number {
    return this.#ports.port;
  }
  get url(): string {
    return `nats://${connectable(this.host)}:${this.port}`;
  }
  get pid(): number {
    return this.#process.pid;
  }
  get monitoringUrl(): string | undefined {
    return this.#ports.monitoringUrl;
  }
  get exited(): Promise<NatsServerExit> {
    return this.#process.exited;
  }

  logs(): string[] {
    return this.#options.logs.lines();
  }

  kill(signal: NodeJS.Signals): boolean {
    return this.#process.kill(signal);
  }

  async restart(): Promise<void> {
    const restarted = this.#busy.then(async () => {
      await this.#process.terminate(this.#options.stopTimeoutMs);
      await this.#start();
    });
    this.#busy = restarted.catch(() => {});
    await restarted;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#busy;
    await this.#process.terminate(this.#options.stopTimeoutMs);
    this.#forgetHook();
    this.#options.files.removeAll();
  }

  async #start(): Promise<void> {
    if (this.#stopping.signal.aborted) throw new NatsServerFailed('This nats-server has been stopped');
    const onSpawn = (spawned: NatsProcess): void => {
      this.#process = spawned;
    };
    const { process, ports } = await launch({ ...this.#options, onSpawn }, this.#stopping.signal);
    this.#ports = ports;
    this.#startedAt = performance.now();
    const settings = { ...this.#options.settings, port: ports.port };
    this.#options = { ...this.#options, settings };
    void process.exited.then((exit) => this.#onExit(process, exit));
  }

  #onExit(process: NatsProcess, exit: NatsServerExit): void {
    if (process.terminating) return;
    const delayMs = this.#options.restartOnExit
      ? this.#backoff.next(performance.now() - this.#startedAt)
      : undefined;
    if (delayMs !== undefined) this.#busy = this.#busy.then(() => this.#recover(process, delayMs));
    this.#report(exit, { restartInMs: delayMs, error: undefined });
  }

  /** Tries until a process runs or the server is stopped: what cannot start now may do so when the disk has room. */
  async #recover(dead: NatsProcess, delayMs: number): Promise<void> {
    // A restart that was asked for has come first.
    if (this.#process !== dead) return;
    const { signal } = this.#stopping;
    for (let waitMs = delayMs; ; ) {
      await sleep(waitMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        return await this.#start();
      } catch (error) {
        if (signal.aborted) return;
        waitMs = this.#backoff.next(0);
        this.#report(await this.#process.exited, { restartInMs: waitMs, error: error as Error });
      }
    }
  }

  #report(exit: NatsServerExit, more: Pick<UnexpectedExit, 'restartInMs' | 'error'>): void {
    this.#options.onUnexpectedExit({ ...exit, ...more, logs: this.logs() });
  }
}

/** The address that clients on this machine can use when the server listens on all. */
function connectable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
