import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { findNatsServer, freePorts, type NatsServer, startNatsServer } from '#libs/nats-server';
import { eventually, inProject } from '#libs/testing';
import { readDockerfile } from './dockerfile.js';
import { type ImageTree, ImageTrees } from './image-tree.js';

const run = promisify(execFile);
/** Folders that an image may write to: they are volumes or in memory, all else is read-only (docker-compose.yml). */
const WRITABLE = ['/data', '/tmp'];

// The images are for Linux, and so is what stands in for them.
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('what the Dockerfile makes, step by step', () => {
  let dir: string;
  let nats: NatsServer;
  let trees: ImageTrees;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'runnel-images-'));
    nats = await startNatsServer();
    trees = new ImageTrees(readDockerfile(await readFile(inProject('Dockerfile'), 'utf8')), dir);
    await trees.build('service');
  }, 300_000);
  afterEach(() => {
    child?.kill('SIGKILL');
  });
  afterAll(async () => {
    await nats?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** The environment of a container, with folders and ports of this machine. */
  async function environment(
    { root, env }: ImageTree,
    port: number,
    natsPort: number,
  ): Promise<Record<string, string>> {
    const { path } = await findNatsServer();
    const own = Object.entries(env).map(([key, value]) => [
      key,
      value.replace(/^\/data/, join(root, '/data')),
    ]);
    return {
      ...Object.fromEntries(own),
      ...(env.NATS_SERVER_BIN === undefined
        ? { NATS_URL: nats.url }
        : { NATS_SERVER_BIN: path, RUNNEL_NATS_PORT: String(natsPort) }),
      PATH: process.env.PATH ?? '',
      HOME: '/nonexistent',
      HOST: '127.0.0.1',
      PORT: String(port),
    };
  }

  /** All files that are not where an image may write. */
  async function fixedFiles(root: string): Promise<string[]> {
    const paths = await readdir(root, { recursive: true });
    return paths.filter((path) => !WRITABLE.some((folder) => `/${path}`.startsWith(folder))).sort();
  }

  it.each(['auth', 'ingest', 'stream-gateway', 'standalone'])(
    '%s starts from what was copied, is found healthy, writes nothing of its own and ends with 0',
    async (target) => {
      const tree = await trees.build(target);
      expect(tree.user).toBe('node');
      const before = await fixedFiles(tree.root);
      const [port = 0, natsPort = 0] = await freePorts(2, '127.0.0.1');
      const env = await environment(tree, port, natsPort);
      const cwd = join(tree.root, tree.workdir);
      const [program = '', ...args] = tree.command;
      const output: string[] = [];
      const started = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
      child = started;
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (data) => output.push(`${data}`));
      const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
      await eventually(`${target} is ready`, ready, 60_000).catch((cause) => {
        throw new Error(output.join(''), { cause });
      });

      const [probe = '', ...probing] = tree.health;
      await run(probe, probing, { env });
      const nobody = run(probe, probing, { env: { ...env, PORT: '1' } });
      await expect(nobody).rejects.toMatchObject({ code: 1 });

      const gone = once(started, 'exit');
      started.kill('SIGTERM');
      expect([await gone, output.join('')]).toEqual([
        [0, null],
        expect.not.stringMatching(/"level":"(error|fatal)"/),
      ]);
      expect(await fixedFiles(tree.root)).toEqual(before);
    },
    120_000,
  );

  it('have the backup program, and nothing that only building and testing need', async () => {
    const { root, workdir } = await trees.build('service');
    const cwd = join(root, workdir);
    const usage = run(process.execPath, ['scripts/backup.mjs'], { cwd }).catch(({ stderr }) => ({ stderr }));
    expect((await usage).stderr).toMatch(/backup/i);
    expect((await usage).stderr).not.toMatch(/Cannot find/);
    for (const name of ['typescript', 'jest', '@biomejs/biome', 'esbuild', 'preact', '@nestjs/cli']) {
      expect([name, existsSync(join(cwd, 'node_modules', name))]).toEqual([name, false]);
    }
  });
});
