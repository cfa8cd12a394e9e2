import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventSource } from 'eventsource';
import { stopServing, whenStopping } from '../test/serving.js';
import { RawClient } from '../test/test-server.js';
import { until } from '../test/turns.js';

beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(async () => {
  await stopServing();
  jest.restoreAllMocks();
});

/** Runs an example of examples/in-app-push in this process, and returns its address. */
async function run(name: string): Promise<string> {
  // Not a literal, because the examples have no types.
  const file: string = `../../../examples/in-app-push/${name}.mjs`;
  const { server } = (await import(file)) as { server: Server };
  whenStopping(async () => {
    const closed = once(server, 'close');
    process.emit('SIGTERM');
    await closed;
  });
  const address = `http://localhost:${(server.address() as AddressInfo).port}`;
  expect(console.log).toHaveBeenCalledWith(expect.stringContaining(address));
  return address;
}

function listen(address: string, ...names: string[]) {
  return listenAt(`${address}/sse`, ...names);
}

function listenAt(url: string, ...names: string[]) {
  const source = new EventSource(url);
  const events: string[] = [];
  for (const name of names) source.addEventListener(name, ({ data }) => events.push(`${name} ${data}`));
  whenStopping(() => source.close());
  return { events, close: () => source.close() };
}

describe("better-sse's examples", () => {
  it('getting started: a visitor is greeted', async () => {
    const address = await run('getting-started');
    expect(await (await fetch(address)).text()).toContain("new EventSource('/sse')");
    const { events } = listen(address, 'ping');
    await until(() => events.length === 1);
    expect(events).toEqual(['ping "Hello, world!"']);
  });

  it('channels: everybody sees the same count, and who comes and goes', async () => {
    const address = await run('channels');
    const first = listen(address, 'tick', 'session-count');
    await until(() => first.events.includes('session-count 1'));
    const second = listen(address, 'tick', 'session-count');
    await until(() => first.events.includes('session-count 2'));
    await until(() => second.events.some((event) => event.startsWith('tick')));
    const tick = second.events.find((event) => event.startsWith('tick')) as string;
    await until(() => first.events.includes(tick));
    second.close();
    await until(() => first.events.lastIndexOf('session-count 1') > 1);
  });

  it('batching: events come together, whether for one visitor, for all, or field by field', async () => {
    const address = await run('batching');
    const first = listen(address, 'iteration', 'message');
    const list = ['a', 'long', 'list', 'of', 'events'].map((word) => `iteration "${word}"`);
    const numbers = ['One', 'Two', 'Three'].map((word) => `message "${word}"`);
    await until(() => first.events.length === 8);
    const second = listen(address, 'iteration', 'message');
    await until(() => second.events.length === 8 && first.events.length === 11);
    expect(first.events).toEqual([...list, ...numbers, ...numbers]);
    expect(second.events).toEqual([...list, ...numbers]);
    const fields = await RawClient.open(`${address}/fields`);
    await fields.end();
    expect(fields.text).toBe(
      'retry: 2400\nevent: my-event\nid: 123\ndata: "one"\ndata: "two"\ndata: "three"\n\n',
    );
  });

  it('streams: the values of iterables and the chunks of a stream, each an event, and then the end', async () => {
    const address = await run('streams');
    const { events, close } = listen(address, 'iteration', 'word', 'stream');
    await until(() => events.length === 9);
    close();
    expect(events).toEqual([
      ...[3, 2, 1].map((left) => `iteration ${left}`),
      ...['ready', 'steady'].map((word) => `word "${word}"`),
      ...[1, 2, 3].map((chunk) => `stream ${chunk}`),
      'stream {"done":true}',
    ]);
  });

  it('audience: sessions remember who they are, and a broadcast may go to some of them, with an id', async () => {
    const address = await run('audience');
    const ada = listenAt(`${address}/sse?name=Ada`, 'joined', 'message');
    await until(() => ada.events.length === 1);
    const grace = listenAt(`${address}/sse?name=Grace`, 'joined', 'message');
    await until(() => ada.events.length === 2 && grace.events.length === 1);
    const say = async (message: object) => {
      const body = JSON.stringify(message);
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`${address}/messages`, { method: 'POST', headers, body })).json();
    };
    expect(await say({ to: 'Ada', text: 'for you' })).toEqual({ id: 1 });
    expect(await say({ text: 'for all' })).toEqual({ id: 2 });
    const [forAda, forAll] = ['{"to":"Ada","text":"for you"}', '{"to":"all","text":"for all"}'];
    await until(() => ada.events.length === 4 && grace.events.length === 2);
    expect(ada.events).toEqual(['joined "Ada"', 'joined "Grace"', `message ${forAda}`, `message ${forAll}`]);
    expect(grace.events).toEqual(['joined "Grace"', `message ${forAll}`]);
  });
});
