import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, SseCapture } from '#libs/testing';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts an example as its README says, and opens its stream. */
async function start(name: string) {
  const file = fileURLToPath(new URL(`../../examples/in-app-push/${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  let printed = '';
  child.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.toString();
  });
  const url = await eventually('its address', () => /http:\/\/localhost:\d+/.exec(printed)?.[0]);
  return { child, stream: await SseCapture.open(`${url.replace('localhost', '127.0.0.1')}/sse`) };
}

/** SIGTERM must end it with its stream still open. */
async function stop(child: ChildProcess): Promise<number | null> {
  const exit = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGTERM');
  return (await exit)[0];
}

const seen = ({ events }: SseCapture) => events.map(({ event, data }) => [event, JSON.parse(data)]);

describe("better-sse's documented examples, ported", () => {
  it('getting started: greets', async () => {
    const { child, stream } = await start('getting-started');
    await stream.count(1);
    expect(seen(stream)[0]).toEqual(['ping', 'Hello, world!']);
    expect(await stop(child)).toBe(0);
  });

  it('channels: counts who is there, and ticks', async () => {
    const { child, stream } = await start('channels');
    await stream.count(3);
    expect(seen(stream)[0]).toEqual(['session-count', 1]);
    expect(stream.events.slice(1).every(({ event }) => event === 'tick')).toBe(true);
    expect(await stop(child)).toBe(0);
  });

  it('batching: sends several events at once', async () => {
    const { child, stream } = await start('batching');
    await stream.count(8);
    const names = stream.events.slice(0, 8).map(({ event }) => event);
    expect(names.filter((name) => name === 'iteration')).toHaveLength(5);
    expect(await stop(child)).toBe(0);
  });
});
