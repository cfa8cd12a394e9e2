import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** An example that runs as its README says, from the root of the checkout. Whoever starts it stops it. */
export class Example {
  stdout = '';
  stderr = '';
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'close');
    child.stdout?.on('data', (bytes: Buffer) => {
      this.stdout += bytes.toString();
    });
    child.stderr?.on('data', (bytes: Buffer) => {
      this.stderr += bytes.toString();
    });
  }

  /** @param env everything that it sees of the tester's environment, beside the PATH */
  static start(command: readonly string[], env: Readonly<Record<string, string>> = {}): Example {
    const [program = '', ...args] = command;
    const file = program === 'node' ? process.execPath : program;
    const child = spawn(file, args, {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Example(child);
  }

  /** What it printed, line by line. */
  get lines(): string[] {
    return this.stdout.split('\n').filter((line) => line !== '');
  }

  /** Resolves with its exit code when it has ended; null when a signal ended it. */
  async exited(): Promise<number | null> {
    await this.ended;
    return this.child.exitCode;
  }

  /** Resolves with its exit code; SIGKILL leaves it no choice. */
  stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    return this.exited();
  }
}
