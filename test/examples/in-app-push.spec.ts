import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, SseCapture } from '#libs/testing';
import { Example } from './example.js';

const running: Example[] = [];
afterEach(async () => {
  for (const example of running.splice(0)) await example.stop();
});

/** Starts an example as its README says, and opens its stream. */
async function start(name: string) {
  const example = Example.start(['node', `examples/in-app-push/${name}.mjs`]);
  running.push(example);
  const url = await eventually('its address', () => /http:\/\/localhost:\d+/.exec(example.stdout)?.[0]);
  return { example, stream: await SseCapture.open(`${url.replace('localhost', '127.0.0.1')}/sse`) };
}

const seen = ({ events }: SseCapture) => events.map(({ event, data }) => [event, JSON.parse(data)]);

describe("better-sse's documented examples, ported, end on SIGTERM with a stream open", () => {
  it('getting started: greets', async () => {
    const { example, stream } = await start('getting-started');
    await stream.count(1);
    expect(seen(stream)[0]).toEqual(['ping', 'Hello, world!']);
    expect(await example.stop('SIGTERM')).toBe(0);
  });

  it('channels: counts who is there, and ticks', async () => {
    const { example, stream } = await start('channels');
    await stream.count(3);
    expect(seen(stream)[0]).toEqual(['session-count', 1]);
    expect(stream.events.slice(1).every(({ event }) => event === 'tick')).toBe(true);
    expect(await example.stop('SIGTERM')).toBe(0);
  });

  it('batching: sends several events at once', async () => {
    const { example, stream } = await start('batching');
    await stream.count(8);
    const names = stream.events.slice(0, 8).map(({ event }) => event);
    expect(names.filter((name) => name === 'iteration')).toHaveLength(5);
    expect(await example.stop('SIGTERM')).toBe(0);
  });
});

describe("an application of one's own, where npm install has linked this checkout", () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const execute = promisify(execFile);

  it('imports runnel/sse and runnel/sdk, with their types', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'runnel-application-'));
    try {
      await mkdir(join(dir, 'node_modules'));
      await symlink(root, join(dir, 'node_modules/runnel'));
      const imports = `
        import { createChannel, createSession } from 'runnel/sse';
        import { RunnelClient, subscribe } from 'runnel/sdk';`;
      await writeFile(
        join(dir, 'a.mjs'),
        `${imports} console.log([createChannel, createSession, RunnelClient, subscribe].map((it) => typeof it).join());`,
      );
      const ran = await execute(process.execPath, ['a.mjs'], { cwd: dir });
      expect(ran.stdout).toBe('function,function,function,function\n');
      await writeFile(
        join(dir, 'a.mts'),
        `${imports}
        export const count: string = createChannel().sessionCount;
        export const used = [createSession, RunnelClient, subscribe];`,
      );
      const flags = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext'];
      const checked = execute(process.execPath, [join(root, 'node_modules/.bin/tsc'), ...flags, 'a.mts'], {
        cwd: dir,
      });
      await expect(checked).rejects.toMatchObject({
        stdout: expect.stringMatching(/^a\.mts\(4,\d+\): error TS2322: Type 'number' [^\n]+\n$/),
      });
    } finally {
      await rm(dir, { recursive: true });
    }
  }, 60_000);
});
