import { readFileSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, ready, Standalone } from '#libs/testing';
import { inChromium } from '../browser/in-chromium.js';
import { Example } from './example.js';

// Runnel makes its first key itself and keeps it, as `npm start` does: the examples find it there.

let runnel: Standalone;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  runnel = await Standalone.start({ RUNNEL_ADMIN_KEY: '' });
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await runnel?.stop();
}, 60_000);

const adminKey = () => readFileSync(join(runnel.dataDir, 'admin-key'), 'utf8').trim();

/** Starts an example with what a user on this machine has, and what is given in `more`. */
async function start(command: readonly string[], more: Record<string, string> = {}): Promise<Example> {
  // Read each time: after a restart its nats-server may have another port.
  const NATS_URL = await runnel.natsUrl();
  const env = { RUNNEL_URL: runnel.url, RUNNEL_DATA_DIR: runnel.dataDir, NATS_URL, ...more };
  const example = Example.start(command, env);
  closers.push(() => example.stop());
  return example;
}

/** Runs an example that ends by itself, and returns the lines that it printed. */
async function run(command: readonly string[], more?: Record<string, string>): Promise<string[]> {
  const example = await start(command, more);
  const code = await example.exited();
  expect({ code, stderr: code === 0 ? '' : example.stderr }).toEqual({ code: 0, stderr: '' });
  return example.lines;
}

/** What the stream keeps, oldest first. */
async function kept(stream: string): Promise<{ channel: string; payload: unknown }[]> {
  const path = `/v1/streams/${stream}/events?limit=100`;
  const { body } = await runnel.call('GET', path, undefined, adminKey());
  return body.data.map(({ channel, payload }: { channel: string; payload: unknown }) => ({
    channel,
    payload,
  }));
}

const EUR = { channel: 'price', payload: { symbol: 'EUR', price: 1.07 } };

describe('listeners in Node', () => {
  it('print what is posted to a webhook, one event a line, and go on after a restart of Runnel', async () => {
    const programs = ['eventsource', 'classic', 'fetch'];
    const listeners: Example[] = [];
    for (const name of programs) {
      const listener = await start(['node', `examples/node-listener/${name}.mjs`]);
      await eventually(`${name} listens`, () => /curl (\S+)/.test(listener.stderr));
      listeners.push(listener);
    }
    const endpoint = /curl (\S+)/.exec(listeners[0]?.stderr ?? '')?.[1] as string;
    const post = (body: string) => fetch(endpoint, { method: 'POST', body });
    const bodies = ({ lines }: Example) => lines.map((line) => JSON.parse(line).bodyRaw);
    await post('one\ntwo');
    await eventually('the first event', () => listeners.every(({ lines }) => lines.length === 1));
    await runnel.process.restart();
    await ready(runnel.url);
    await post('three');
    await eventually('the second event', () => listeners.every(({ lines }) => lines.length === 2), 30_000);
    for (const listener of listeners) expect(bodies(listener)).toEqual(['one\ntwo', 'three']);
  }, 60_000);
});

describe('publishers over NATS', () => {
  it('in Nest: what ClientProxy sends is stored and delivered as it is, once for each id', async () => {
    const command = ['node', 'dist/examples/nest-publisher/main.js', 'nest-1'];
    const [first] = await run(command);
    const [second] = await run(command);
    const answer = JSON.parse(first ?? '');
    expect(answer).toEqual({
      stream: expect.stringMatching(/^p_/),
      seq: expect.any(Number),
      id: expect.any(String),
    });
    expect(JSON.parse(second ?? '')).toEqual({ ...answer, duplicate: true });
    const events = await eventually('what was emitted', async () => {
      const all = await kept('prices');
      return all.length === 3 && all;
    });
    const GBP = { channel: 'price', payload: { symbol: 'GBP', price: 1.27 } };
    expect(events).toEqual(expect.arrayContaining([EUR, GBP]));
    const stream = await runnel.subscribe(`/pipelines/${answer.stream}/sse`);
    closers.push(() => stream.close());
    const delivered = (await stream.count(3)).find(({ id }) => id === answer.id);
    expect(delivered).toMatchObject({ event: 'price', data: JSON.stringify(EUR.payload) });
  }, 30_000);

  it('with nats.js', async () => {
    const [first] = await run(['node', 'examples/nats-publisher/publish.mjs', 'js-1']);
    const [second] = await run(['node', 'examples/nats-publisher/publish.mjs', 'js-1']);
    expect(JSON.parse(second ?? '')).toEqual({ ...JSON.parse(first ?? ''), duplicate: true });
    expect((await kept('prices')).at(-1)).toEqual(EUR);
  }, 30_000);

  it('with the nats command line, in whose place a stand-in speaks the protocol by hand', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'runnel-nats-'));
    closers.push(() => rm(bin, { recursive: true }));
    await copyFile(fileURLToPath(new URL('nats-stand-in.mjs', import.meta.url)), join(bin, 'nats'));
    await chmod(join(bin, 'nats'), 0o755);
    const PATH = `${bin}:${process.env.PATH}`;
    const publish = (...args: string[]) =>
      run(['sh', 'examples/nats-publisher/publish.sh', ...args], { PATH });
    const before = (await kept('prices')).length;
    await publish();
    const payload = '{"symbol":"CHF","price":1.13,"note":"it\'s \\"quoted\\""}';
    const [answer] = await publish(payload, 'sh-1');
    expect(JSON.parse(answer ?? '')).toHaveProperty('seq');
    const CHF = { channel: 'price', payload: JSON.parse(payload) };
    expect((await kept('prices')).slice(before)).toEqual([EUR, CHF]);
  }, 60_000);
});

inChromium('pages in Chromium', (chromium) => {
  async function open(address: string) {
    const page = await chromium.browser.newPage();
    closers.push(() => page.close());
    await page.goto(address);
    return page;
  }

  const pageOf = (example: Example) =>
    eventually('the page', () => /^Open (file:\S+)$/m.exec(example.stdout)?.[1]);

  it('live page: shows prices from a file, and from a website', async () => {
    const address = new URL(await pageOf(await start(['node', 'examples/live-page/publish.mjs'])));
    const website = createServer((_request, response) => {
      response
        .setHeader('content-type', 'text/html')
        .end(readFileSync(fileURLToPath(address.href.split('#')[0] as string)));
    });
    await new Promise<void>((resolve) => website.listen(0, '127.0.0.1', resolve));
    closers.push(() => website.close());
    const served = `http://127.0.0.1:${(website.address() as AddressInfo).port}/${address.hash}`;
    for (const page of [await open(address.href), await open(served)]) {
      await page.waitForFunction("document.querySelectorAll('dd').length === 3");
      const first = await page.textContent('#price-EUR');
      expect(Number(first)).toBeGreaterThan(0);
      await page.waitForFunction(`document.querySelector('#price-EUR').textContent !== '${first}'`);
    }
  }, 60_000);

  it('webhook page: shows what was posted before and after it was opened', async () => {
    const example = await start(['node', 'examples/webhook-page/deploy.mjs']);
    expect(await example.exited()).toBe(0);
    const endpoint = /curl (\S+)/.exec(example.stdout)?.[1] as string;
    await fetch(endpoint, { method: 'POST', body: new URLSearchParams({ hello: 'early' }) });
    const page = await open(await pageOf(example));
    await page.waitForFunction("document.querySelectorAll('li').length === 1");
    await fetch(`${endpoint}/later`, { method: 'PUT', body: '<b>' });
    await page.waitForFunction("document.querySelectorAll('li').length === 2");
    expect(await page.locator('li').allTextContents()).toEqual([
      'PUT /later "<b>"',
      'POST / {"hello":"early"}',
    ]);
  }, 60_000);
});
