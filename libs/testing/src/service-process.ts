import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { inProject } from './project-root.js';

/** Milliseconds within which a service must say that it listens. */
const START_MS = 60_000;
/** Milliseconds within which it must end after SIGTERM. */
const STOP_MS = 20_000;

export type AppName = 'auth' | 'ingest' | 'stream-gateway' | 'standalone';

/** A service that runs as a process of its own, from `dist/`. Whoever starts it stops it. */
export class ServiceProcess {
  /** Everything that it wrote, for a test that failed. */
  readonly output: string[] = [];
  url = '';
  private child: ChildProcess | undefined;

  private constructor(
    private readonly app: AppName,
    private readonly env: Readonly<Record<string, string>>,
    private readonly logFile: string | undefined,
  ) {}

  /**
   * Resolves when it listens; whether it is ready is `/readyz`'s to say.
   *
   * @param logFile where what it writes is added to. Left out: only {@link output} has it
   */
  static async start(
    app: AppName,
    env: Readonly<Record<string, string>>,
    logFile?: string,
  ): Promise<ServiceProcess> {
    const service = new ServiceProcess(app, env, logFile);
    await service.launch('0');
    return service;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** What it logged as an error, and what it wrote besides its log: traces of a crash. */
  complaints(): string[] {
    return this.output.filter((line) => /"level":"(?:error|fatal)"|^\s+at |^\w*Error/m.test(line));
  }

  /** Sends a signal, as a fault would. */
  kill(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Resolves with the exit code when the process has gone; null when a signal ended it. */
  async exited(): Promise<number | null> {
    const { child } = this;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  /** Starts it again on its port, after it has ended or been killed. */
  async restart(): Promise<void> {
    this.kill('SIGKILL');
    await this.exited();
    await this.launch(new URL(this.url).port);
  }

  /** SIGTERM, and SIGKILL when that does not help. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), STOP_MS);
    const code = await this.exited();
    clearTimeout(timer);
    return code;
  }

  private async launch(port: string): Promise<void> {
    const main = inProject(`dist/apps/${this.app}/src/main.js`);
    const { PATH, HOME, NATS_SERVER_BIN, XDG_CACHE_HOME } = process.env;
    const child = spawn(process.execPath, [main], {
      // Nothing else of the tester's environment may change what is tested.
      env: { PATH, HOME, NATS_SERVER_BIN, XDG_CACHE_HOME, PORT: port, RUNNEL_LOG_LEVEL: 'info', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    if (this.logFile !== undefined) {
      const log = createWriteStream(this.logFile, { flags: 'a' });
      for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
      child.once('close', () => log.end());
    }
    child.stderr.on('data', (chunk: Buffer) => this.output.push(chunk.toString()));
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) =>
        reject(new Error(`${this.app} ${why}:\n${this.output.slice(-20).join('\n')}`));
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail('did not start in time');
      }, START_MS);
      child.once('exit', (code) => {
        clearTimeout(timer);
        fail(`ended with ${code}`);
      });
      lines.on('line', (line) => {
        this.output.push(line);
        const url = /"url":"([^"]+)".*The service is listening/.exec(line)?.[1];
        if (url === undefined) return;
        clearTimeout(timer);
        this.url = url;
        resolve();
      });
    });
  }
}
