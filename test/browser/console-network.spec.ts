import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { eventually, ready, Standalone, TcpProxy } from '#libs/testing';
import { inChromium } from './in-chromium.js';

/** Events of a flood, and the most that the page may keep of it. */
const FLOOD = 5_000;
const KEPT_ROWS = 300;

inChromium('an open console', (chromium) => {
  let runnel: Standalone;
  let road: TcpProxy;
  let context: BrowserContext;
  let page: Page;
  let stream: string;
  let failures: string[];

  beforeAll(async () => {
    runnel = await Standalone.start();
  }, 90_000);
  afterAll(async () => {
    await runnel?.stop();
  }, 60_000);
  beforeEach(async () => {
    road = await TcpProxy.open(runnel.url);
    context = await chromium.browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    failures = [];
    page.on('pageerror', (error) => failures.push(error.message));
    stream = await runnel.workflow();
  });
  afterEach(async () => {
    await context.close();
    await road.close();
    expect(failures).toEqual([]);
  });

  const signIn = async (key: string) => {
    await page.goto(`${road.url}/console#/streams/${stream}`);
    await page.fill('input[name=key]', key);
    await page.click('text=Sign in');
    await says('connected');
    await page.waitForSelector('ol.events');
  };
  const says = (state: string) => page.waitForSelector(`.facts .dot:text("${state}")`);
  const publish = (...payloads: unknown[]) =>
    runnel.publish(
      stream,
      payloads.map((payload) => ({ channel: 'n', payload })),
    );
  const shown = (text: string) => page.waitForSelector(`ol.events li:has-text("${text}")`);

  it('says that nothing answers, then that it connects again, and catches up when it does', async () => {
    await signIn(runnel.adminKey);
    // So that the silence begins now, and the counts are missed before it is over.
    await publish('just before');
    await shown('just before');
    road.blackHole();
    await publish('while all was swallowed');
    await says('no answer');
    await page.waitForSelector('[role=alert]:has-text("does not answer")');
    await says('reconnecting');
    road.heal();
    road.reset();
    await says('connected');
    await shown('while all was swallowed');
    await page.waitForSelector('[role=alert]:has-text("does not answer")', { state: 'detached' });
    runnel.process.kill('SIGKILL');
    await says('reconnecting');
    await runnel.process.restart();
    await ready(runnel.url);
    await publish('after the restart');
    await says('connected');
    await shown('after the restart');
    expect(await page.locator('li.note.gap').count()).toBe(0);
  }, 150_000);

  it('says that the machine has no network, and goes on by itself when it has one', async () => {
    await signIn(runnel.adminKey);
    await context.setOffline(true);
    await says('offline');
    road.reset();
    await page.waitForSelector('li.note.cut');
    await publish('while offline');
    await context.setOffline(false);
    await says('connected');
    await shown('while offline');
  }, 120_000);

  it('says why it has signed somebody out, and shows the same stream to who signs in again', async () => {
    const { key, id } = (await runnel.call('POST', '/v1/keys', { name: 'guest', scopes: ['subscribe'] }))
      .body;
    await signIn(key);
    await runnel.call('DELETE', `/v1/keys/${id}`);
    await page.waitForSelector('[role=alert]:has-text("You have been signed out")');
    await page.fill('input[name=key]', runnel.adminKey);
    await page.click('text=Sign in');
    await says('connected');
    expect(page.url()).toContain(stream);
  }, 120_000);

  it('shows what it is sent as text, however it is made, and keeps the newest of a flood', async () => {
    await signIn(runnel.adminKey);
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const channel = "');alert(1)//\u05d0\u05d1\u05d2 \u{1f600}";
    await runnel.publish(stream, { channel, payload: { hostile, bytes: '\u0000\u0007\u202e\ufffd' } });
    await shown('<img src=x onerror');
    expect(await page.title()).toBe('Stream · Runnel');
    expect(await page.textContent('.snippet pre')).toContain(`addEventListener('\\');alert(1)//`);
    await publish({ large: 'x'.repeat(500_000) });
    await page.click('ol.events li:has-text("large") summary');
    await page.waitForSelector('.opened pre:has-text("characters more, which the copy has")');
    for (let n = 0; n < FLOOD; n += 1_000) {
      await publish(...Array.from({ length: 1_000 }, (_, m) => `flood ${n + m};`));
    }
    await shown(`flood ${FLOOD - 1};`);
    expect(await page.locator('ol.events li').count()).toBeLessThanOrEqual(KEPT_ROWS);
    await eventually('all are counted', async () =>
      ((await page.textContent('.shown')) ?? '').replace(/\D/g, '').endsWith(String(FLOOD + 2)),
    );
  }, 120_000);
});
