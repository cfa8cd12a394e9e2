import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';

const HOOKS = new URL('../../../../scripts/run-typescript.mjs', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('../../test/streaming-service.ts', import.meta.url));

/** A process of its own compiles the sources before it starts. */
const START_MS = 60_000;

class Program {
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private readonly watchers = new Set<() => void>();
  readonly exited: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, ['--conditions=runnel-source', '--import', HOOKS, PROGRAM], {
      env: { PATH: process.env.PATH, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout.on('data', (chunk: Buffer) => {
      this.stdout += chunk;
      for (const look of this.watchers) look();
    });
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
    });
    this.exited = new Promise((resolve) => this.child.on('close', resolve));
  }

  /** The first match in what the program prints. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.stdout);
        if (match === null) return;
        this.watchers.delete(look);
        resolve(match);
      };
      this.watchers.add(look);
      look();
      void this.exited.then(() => reject(new Error(`The program ended: ${this.stderr}`)));
    });
  }

  async url(): Promise<string> {
    const [, url = ''] = await this.printed(/listening at (\S+)/);
    return url;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

let program: Program;

function run(env: NodeJS.ProcessEnv): Program {
  program = new Program(env);
  return program;
}

afterEach(async () => {
  program.kill('SIGKILL');
  await program.exited;
});

describe('a service in a process of its own', () => {
  it(
    'ends its streams, then its modules, and exits with 0 on SIGTERM',
    async () => {
      const service = run({ RUNNEL_DRAIN_MS: '600000' });
      const answer = await fetch(`${await service.url()}/stream`);
      service.kill('SIGTERM');
      expect(await answer.text()).toBe('hello bye');
      expect(await service.exited).toBe(0);
      expect(service.stdout.split('\n').slice(1)).toEqual([
        'draining',
        'stream closed',
        'shutdown',
        'closed',
        '',
      ]);
    },
    START_MS,
  );

  it(
    'exits with 1 and one line on standard error when its port is taken',
    async () => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      const service = run({ PORT: String(port) });
      expect(await service.exited).toBe(1);
      expect(service.stderr).toBe(`Cannot listen on 127.0.0.1 port ${port}: the port is taken.\n`);
      other.close();
    },
    START_MS,
  );
});
