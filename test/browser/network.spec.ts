import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BrowserContext } from 'playwright-core';
import { eventually, ready, type Standalone } from '#libs/testing';
import { inChromium } from './in-chromium.js';
import { heard, type ListeningPages } from './listening-page.js';
import { hasNginx, Nginx } from './nginx.js';
import { Website } from './website.js';

/** Connections that Chromium opens to a host over HTTP/1.1, all tabs together. */
const BROWSER_LIMIT = 6;
/** Connections that Runnel lets one address have here. */
const SERVICE_LIMIT = 10;

inChromium('what is between a page and Runnel', (chromium) => {
  let website: Website;
  let pages: ListeningPages;
  let runnel: Standalone;
  let context: BrowserContext;

  beforeAll(async () => {
    website = await Website.start({ RUNNEL_MAX_CONNECTIONS_PER_ADDRESS: String(SERVICE_LIMIT) });
    ({ pages, runnel } = website);
  }, 60_000);
  afterAll(async () => {
    await website?.stop();
  }, 60_000);
  beforeEach(async () => {
    context = await chromium.browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    // The next test counts connections.
    await eventually(
      'nobody listens',
      async () => {
        const { body } = await runnel.call('GET', '/v1/streams');
        return (body.data as { subscribers: number }[]).every(({ subscribers }) => subscribers === 0);
      },
      30_000,
    );
  }, 60_000);

  const path = (id: string) => `/pipelines/${id}/sse`;
  const publish = (id: string, payload: unknown) => website.publish(id, payload);

  (hasNginx() ? describe : describe.skip)('nginx as it is by default', () => {
    let nginx: Nginx;
    beforeAll(async () => {
      nginx = await Nginx.start(runnel.url);
    }, 60_000);
    afterAll(async () => {
      await nginx?.stop();
    }, 30_000);

    it('holds nothing back from an EventSource', async () => {
      const id = await runnel.workflow();
      const page = await pages.open(context, nginx.url + path(id));
      await page.evaluate(`
        window.seen = [];
        window.plain = new EventSource('${nginx.url}${path(id)}');
        plain.addEventListener('n', (event) => seen.push(JSON.parse(event.data)));`);
      await page.waitForFunction('plain.readyState === EventSource.OPEN');
      await publish(id, 1);
      await page.waitForFunction("JSON.stringify(seen) === '[1]'", undefined, { timeout: 30_000 });
      await heard(page, [1]);
    }, 60_000);

    it('answers 502 while Runnel is away, which the client survives and EventSource does not', async () => {
      const id = await runnel.workflow();
      const page = await pages.open(context, nginx.url + path(id), { maxRetryMs: 2_000 });
      await page.evaluate(`window.plain = new EventSource('${nginx.url}${path(id)}')`);
      await page.waitForFunction("plain.readyState === EventSource.OPEN && states.at(-1) === 'open'");
      runnel.process.kill('SIGKILL');
      await page.waitForFunction('plain.readyState === EventSource.CLOSED', undefined, { timeout: 30_000 });
      // To a page of another origin the 502 is no answer at all, since nginx adds no leave to read it.
      await page.waitForFunction(
        "states.filter((now) => now === 'waiting ConnectError').length >= 2",
        undefined,
        {
          timeout: 30_000,
        },
      );
      await runnel.process.restart();
      await ready(runnel.url);
      await publish(id, 2);
      await heard(page, [2]);
    }, 90_000);
  });

  it('refuses a connection too many with 429, and the client comes back when it was told to', async () => {
    const id = await runnel.workflow();
    const address = website.address(id);
    const others = new AbortController();
    // All are kept: fetch ends a connection whose response nobody has any more.
    const answers: Response[] = [];
    while (answers.length < SERVICE_LIMIT) answers.push(await fetch(address, { signal: others.signal }));
    const refusal = await fetch(address);
    expect(refusal.status).toBe(429);
    const page = await pages.open(context, address);
    await page.waitForFunction("states.includes('waiting RunnelError')");
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    // A page of another origin sees a header only if it is let.
    const seen = `fetch('${address}').then(({ status, headers }) => [status, headers.get('retry-after')])`;
    expect(await page.evaluate(seen)).toEqual([429, refusal.headers.get('retry-after')]);
    others.abort();
    await page.waitForFunction("states.at(-1) === 'open'", undefined, { timeout: 30_000 });
    await publish(id, 1);
    await heard(page, [1]);
  }, 60_000);

  it('has room for more tabs than a browser opens connections, since they share one', async () => {
    const id = await runnel.workflow();
    const address = website.address(id);
    const tabs = [];
    for (let n = 0; n <= BROWSER_LIMIT; n += 1) tabs.push(await pages.open(context, address));
    await publish(id, 1);
    await Promise.all(tabs.map((tab) => heard(tab, [1])));
    const [tab] = tabs;
    const asks = (waitMs: number) =>
      tab?.evaluate(
        `fetch('${runnel.url}/healthz', { mode: 'no-cors', cache: 'no-store', signal: AbortSignal.timeout(${waitMs}) })
          .then(() => 'answered', ({ name }) => name)`,
      );
    expect(await asks(30_000)).toBe('answered');
    // Without sharing, one connection less would be left for everything else: none, for six tabs.
    await tab?.evaluate(
      `Promise.all(Array.from({ length: ${BROWSER_LIMIT - 1} }, () => fetch('${address}', { cache: 'no-store' })))`,
    );
    expect(await asks(1_000)).toBe('TimeoutError');
  }, 60_000);
});
