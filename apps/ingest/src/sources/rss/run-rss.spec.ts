import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StreamEntry } from '#libs/catalogue';
import { eventually } from '#libs/testing';
import { type SourceSystem, startSourceSystem } from '../fixtures/source-system.js';
import type { SourceRunner } from '../running/source-runner.js';

let system: SourceSystem;
let runners: readonly SourceRunner[] = [];
let server: Server;
let url: string;
/** Numbers of the items that the feed has, newest first. */
let numbers: number[];
let status = 200;
let asked: IncomingHttpHeaders[];

beforeAll(async () => {
  system = await startSourceSystem();
  server = createServer(({ headers }, response) => {
    asked.push(headers);
    const etag = `"${numbers.join()}"`;
    if (headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(status, { ETag: etag }).end(feedOf(numbers));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/feed.xml`;
});

beforeEach(() => {
  numbers = [3, 2, 1];
  status = 200;
  asked = [];
});

afterEach(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
  for (const { id } of await system.catalogue.list('default')) await system.catalogue.delete(id);
});

afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await system?.close();
});

function feedOf(items: readonly number[]): string {
  const item = (n: number) => `<item><title>Item ${n}</title><guid isPermaLink="false">${n}</guid></item>`;
  return `<rss version="2.0"><channel><title>Numbers</title>${items.map(item).join('')}</channel></rss>`;
}

/** A source that looks every second, where the API would make it wait for 15. */
const deploy = (more: Record<string, unknown> = {}, intervalSeconds = 1) =>
  system.deploy({ type: 'rss', url, ...more }, { intervalSeconds });

async function idsOf(entry: StreamEntry): Promise<number[]> {
  return ((await system.values(entry)) as { id: string }[]).map(({ id }) => Number(id));
}

const items = (entry: StreamEntry, count: number) =>
  eventually(`${count} items`, async () => (await idsOf(entry)).length >= count);

const lastError = (entry: StreamEntry) => system.tools.reports.lastError(entry.id);

describe('an rss source', () => {
  it('makes one event of each item, oldest first, and asks once while three replicas run it', async () => {
    runners = await system.run(3);
    const entry = await deploy({}, 900);
    await items(entry, 3);
    expect(await idsOf(entry)).toEqual([1, 2, 3]);
    expect((await system.values(entry))[0]).toEqual({ id: '1', title: 'Item 1', feed: { title: 'Numbers' } });
    await eventually(
      'the look is over',
      async () => (await system.tools.states.read(entry.id, 'feed')) !== undefined,
    );
    expect(asked).toHaveLength(1);
  }, 30_000);

  it('goes on where it was, by conditional requests, when other replicas take over', async () => {
    runners = await system.run(2);
    const entry = await deploy();
    await items(entry, 3);
    await Promise.all(runners.map((runner) => runner.close()));
    const { length } = asked;
    runners = await system.run(2);
    await eventually('it looks again', () => asked.length > length);
    expect(asked[length]).toMatchObject({ 'if-none-match': '"3,2,1"' });
    expect(await idsOf(entry)).toEqual([1, 2, 3]);
    numbers = [5, 4, 3, 2];
    await items(entry, 5);
    expect(await idsOf(entry)).toEqual([1, 2, 3, 4, 5]);
  }, 70_000);

  it('says why it fails, and forgets it when it works again', async () => {
    status = 500;
    runners = await system.run(1);
    const entry = await deploy();
    expect(await eventually('the error', () => lastError(entry))).toEqual({
      message: 'The server of the feed answered 500.',
      at: expect.any(String),
    });
    status = 200;
    await items(entry, 3);
    await eventually('no error', async () => (await lastError(entry)) === null);
  }, 40_000);

  it('makes events of the newest 100 items at first, and takes the others for known', async () => {
    numbers = Array.from({ length: 150 }, (_, n) => 150 - n);
    runners = await system.run(1);
    const entry = await deploy();
    await items(entry, 100);
    expect((await idsOf(entry))[0]).toBe(51);
    numbers = [151, ...numbers];
    await eventually('the new one', async () => (await idsOf(entry)).at(-1) === 151);
    expect((await idsOf(entry)).at(-2)).toBe(150);
  }, 40_000);

  it('leaves out what comes below the last under the rule "last"', async () => {
    runners = await system.run(2);
    const entry = await deploy({ dedupe: 'last' });
    await items(entry, 3);
    numbers = [4, 3, 99, 2, 1];
    await items(entry, 4);
    expect(await idsOf(entry)).toEqual([1, 2, 3, 4]);
  }, 40_000);

  it('begins anew at another address', async () => {
    runners = await system.run(1);
    const entry = await deploy({}, 900);
    await items(entry, 3);
    await system.change(entry, { url: `${url}?other` });
    await eventually('it asks there', () => asked.length === 2);
    expect(asked[1]).not.toHaveProperty('if-none-match');
  }, 30_000);

  it('stops and starts with its source', async () => {
    runners = await system.run(1);
    const entry = await deploy({ active: false });
    const other = await deploy();
    await items(other, 3);
    expect(await idsOf(entry)).toEqual([]);
    await system.change(entry, { active: true });
    await items(entry, 3);
  }, 30_000);
});
