import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

/** Milliseconds within which a program must listen, and end. */
const START_MS = 20_000;
const STOP_MS = 5_000;

/** A server's process. Whoever starts it stops it. */
export class Program {
  private readonly output: string[] = [];

  private constructor(
    private readonly command: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => this.output.push(chunk.toString()));
    }
  }

  /** Resolves when something listens on the port. @throws Error with what the program said, when nothing does */
  static async start(command: string, args: readonly string[], port: number): Promise<Program> {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const program = new Program(command, child);
    const failed = once(child, 'error').then(([error]) => {
      throw error;
    });
    await Promise.race([failed, program.listening(port)]);
    failed.catch(() => undefined);
    return program;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await once(this.child, 'exit');
    clearTimeout(timer);
  }

  /** Resolves when something listens on the port. @throws Error with what the program said, when nothing does */
  async listening(port: number): Promise<void> {
    const deadline = performance.now() + START_MS;
    while (!(await answers(port))) {
      const ended = this.child.exitCode !== null || this.child.signalCode !== null;
      if (ended || performance.now() > deadline) {
        await this.stop();
        throw new Error(`${this.command} does not listen: ${this.output.join('').slice(-2_000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
