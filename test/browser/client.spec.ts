import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { eventually, ready, type Standalone } from '#libs/testing';
import { inChromium } from './in-chromium.js';
import { fallAsleep, heard, type ListeningPages } from './listening-page.js';
import { Website } from './website.js';

inChromium('the browser client in Chromium', (chromium) => {
  let website: Website;
  let pages: ListeningPages;
  let runnel: Standalone;
  let context: BrowserContext;
  /** Addresses of streams that pages have asked for since the test began. */
  let asked: string[];

  beforeAll(async () => {
    website = await Website.start();
    ({ pages, runnel } = website);
  }, 60_000);
  afterAll(async () => {
    await website?.stop();
  }, 60_000);
  beforeEach(async () => {
    context = await chromium.browser.newContext();
    asked = [];
    context.on('request', (request) => {
      if (/sse(\?|$)/.test(request.url())) asked.push(request.url());
    });
  });
  afterEach(async () => {
    await context.close();
  });

  const address = (id: string) => website.address(id);
  const publish = (id: string, ...payloads: unknown[]) => website.publish(id, ...payloads);
  const state = (page: Page) => page.evaluate<string>('states.at(-1)');
  const subscribers = async (id: string) => (await runnel.call('GET', `/v1/streams/${id}`)).body.subscribers;

  it('goes on where it was after the service was killed, which refuses connections for a while', async () => {
    const id = await runnel.workflow();
    await publish(id, 1, 2);
    const page = await pages.open(context, address(id), { channels: ['n'] });
    await heard(page, [1, 2]);
    runnel.process.kill('SIGKILL');
    await page.waitForFunction("states.filter((now) => now === 'waiting ConnectError').length >= 2");
    await runnel.process.restart();
    await ready(runnel.url);
    await publish(id, 3);
    await heard(page, [1, 2, 3]);
    expect(await page.evaluate('gaps')).toEqual([]);
  }, 90_000);

  it('listens from a file, whose origin is null, without asking for leave first', async () => {
    const id = await runnel.workflow();
    await publish(id, 1);
    const file = join(runnel.dataDir, 'client.html');
    const script = `import { subscribe } from '${pages.client}'; window.heard = []; for await (const { payload } of subscribe('${address(id)}')) heard.push(payload)`;
    await writeFile(file, `<!doctype html><script type="module">${script}</script>`);
    const page = await context.newPage();
    const methods: string[] = [];
    page.on('request', (request) => void methods.push(request.method()));
    await page.goto(pathToFileURL(file).href);
    await heard(page, [1]);
    expect(new Set(methods)).toEqual(new Set(['GET']));
  }, 60_000);

  it('gets another ticket when the one before has expired, and ends when its key is revoked', async () => {
    const id = await runnel.workflow({ visibility: 'private' });
    const key = (
      await runnel.call('POST', '/v1/keys', { name: 'site', scopes: ['subscribe'], streams: [id] })
    ).body;
    pages.ticket = async () => {
      const { body } = await runnel.call('POST', '/v1/tickets', { streams: [id], ttl_s: 2 }, key.key);
      if (body.ticket === undefined) throw new Error('refused');
      return body.ticket as string;
    };
    const page = await pages.open(context, address(id), { ticket: true });
    await page.waitForFunction("states.filter((now) => now === 'open').length >= 2", undefined, {
      timeout: 30_000,
    });
    await publish(id, 1);
    await heard(page, [1]);
    // The website answers 403 then, which its page takes for no ticket at all.
    pages.ticket = () => Promise.reject(new Error('signed out'));
    await runnel.call('DELETE', `/v1/keys/${key.id}`);
    await eventually(
      'no further ticket',
      async () => /no-cred|Runnel|Stream/.test(await state(page)),
      30_000,
    );
  }, 60_000);

  it('has one connection for all tabs, and another tab goes on when the first is closed', async () => {
    const id = await runnel.workflow();
    await publish(id, 1, 2);
    const first = await pages.open(context, address(id));
    await heard(first, [1, 2]);
    const second = await pages.open(context, address(id));
    await heard(second, [1, 2]);
    const third = await pages.open(context, address(id));
    await publish(id, 3);
    await Promise.all([first, second, third].map((page) => heard(page, [1, 2, 3])));
    expect(asked).toHaveLength(1);
    await first.close();
    await eventually('another connection', () => asked.length === 2);
    await publish(id, 4);
    await Promise.all([second, third].map((page) => heard(page, [1, 2, 3, 4])));
    expect(asked).toHaveLength(2);
  }, 60_000);

  it('takes over from a tab that sleeps, which misses nothing when it wakes', async () => {
    const id = await runnel.workflow();
    const sleeper = await pages.open(context, address(id));
    await publish(id, 1);
    await heard(sleeper, [1]);
    const other = await pages.open(context, address(id));
    await heard(other, [1]);
    const wake = await fallAsleep(sleeper);
    await publish(id, 2);
    // What a browser says when the network is back: a reason to ask whether the first tab is awake.
    await other.evaluate("dispatchEvent(new Event('online'))");
    await heard(other, [1, 2]);
    await wake();
    await publish(id, 3);
    await Promise.all([sleeper, other].map((page) => heard(page, [1, 2, 3])));
    expect(asked).toHaveLength(2);
  }, 60_000);

  it('has no connection while it is hidden, if asked to, and catches up afterwards', async () => {
    const id = await runnel.workflow();
    const page = await pages.open(context, address(id), { pauseWhenHidden: true });
    await publish(id, 1);
    await heard(page, [1]);
    const show = (visibility: string) =>
      page.evaluate(`
        Object.defineProperty(document, 'visibilityState', { value: '${visibility}', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`);
    await show('hidden');
    expect(await state(page)).toBe('paused');
    await eventually('no connection', async () => (await subscribers(id)) === 0);
    const missed = Array.from({ length: 150 }, (_, n) => n + 2);
    await publish(id, ...missed);
    await show('visible');
    await heard(page, [1, ...missed.slice(-100)]);
    expect(await page.evaluate('gaps')).toEqual([expect.objectContaining({ oldest: expect.any(String) })]);
  }, 60_000);

  it('listens to more streams than a browser opens connections, over one', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => runnel.workflow()));
    const query = ids.map((id) => `stream=${id}`).join('&');
    const page = await pages.open(context, `${runnel.url}/v1/sse?${query}`, { channels: ['n'] });
    await page.waitForFunction("states.at(-1) === 'open'");
    for (const [n, id] of ids.entries()) await publish(id, n);
    await page.waitForFunction('heard.length === 8');
    expect(await page.evaluate('[...heard].sort()')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await page.evaluate(`fetch('${runnel.url}/client.js').then(({ ok }) => ok)`)).toBe(true);
    expect(asked).toHaveLength(1);
  }, 60_000);
});
