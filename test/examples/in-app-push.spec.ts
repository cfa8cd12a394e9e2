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
