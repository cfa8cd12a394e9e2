import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { NatsServerFailed } from '../errors.js';

/** How a process ended: by an exit code or by a signal. Both null: it could not be started. */
export interface NatsServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NatsProcessOptions {
  readonly binary: string;
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
}

/** One nats-server process, from spawn to exit. Whoever starts it calls {@link NatsProcess.terminate}. */
export class NatsProcess {
  /** Resolves when the process has gone and its last line was read. Never rejects. */
  readonly exited: Promise<NatsServerExit>;
  /** Whether its end was asked for with {@link NatsProcess.terminate}. */
  terminating = false;
  #gone = false;

  private constructor(private readonly child: ChildProcess) {
    this.exited = new Promise((resolve) => {
      const settle = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#gone = true;
        resolve({ code, signal });
      };
      child.once('close', settle);
      // Also emitted for a signal that could not be sent, which is no end.
      child.on('error', () => child.pid === undefined && settle(null, null));
    });
  }

  /** @throws NatsServerFailed when the binary cannot be executed */
  static async spawn({ binary, configFile, env, onLine }: NatsProcessOptions): Promise<NatsProcess> {
    const child = spawn(binary, ['--config', configFile], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own process group: Ctrl-C in a terminal goes to the whole foreground group, and the server must
      // outlive its parent's draining.
      detached: true,
      windowsHide: true,
    });
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
    const process = new NatsProcess(child);
    if (child.pid === undefined) {
      const cause = await new Promise((resolve) => child.once('error', resolve));
      throw new NatsServerFailed(`${binary} cannot be executed`, [], { cause });
    }
    return process;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** @returns false when the process has already gone */
  kill(signal: NodeJS.Signals): boolean {
    return !this.#gone && this.child.kill(signal);
  }

  /**
   * SIGTERM, on which nats-server writes out and closes JetStream; SIGKILL when it has not gone after
   * `boundMs`. Resolves when it has gone.
   */
  async terminate(boundMs: number): Promise<void> {
    this.terminating = true;
    this.kill('SIGTERM');
    const waiting = new AbortController();
    const bound = sleep(boundMs, undefined, { signal: waiting.signal }).then(
      () => this.kill('SIGKILL'),
      () => {},
    );
    await this.exited;
    waiting.abort();
    await bound;
  }
}
