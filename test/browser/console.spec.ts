import { afterAll, beforeAll, expect, it } from '@jest/globals';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { Standalone } from '#libs/testing';
import { inChromium } from './in-chromium.js';

const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 860 };

inChromium('the console in Chromium', (chromium) => {
  let runnel: Standalone;
  let page: Page;
  const failures: string[] = [];

  beforeAll(async () => {
    runnel = await Standalone.start();
    const context = await chromium.browser.newContext({
      bypassCSP: false,
      viewport: DESK,
      colorScheme: 'light',
    });
    page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('dialog', (dialog) => void dialog.accept());
  }, 90_000);
  afterAll(async () => {
    await runnel?.stop();
  }, 60_000);

  /** What axe finds that is serious, in light and in dark, and how much of the page a phone would cut off. */
  const problems = async () => {
    const found: string[] = [];
    await page.evaluate(axe.source);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { violations } = await page.evaluate<{
        violations: { id: string; impact: string; nodes: { html: string }[] }[];
      }>('axe.run()');
      for (const { id, impact, nodes } of violations) {
        if (['serious', 'critical'].includes(impact)) found.push(`${colorScheme}: ${id} ${nodes[0]?.html}`);
      }
    }
    await page.setViewportSize(PHONE);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    if (width > PHONE.width) found.push(`a phone shows ${PHONE.width} of ${width} pixels`);
    await page.setViewportSize(DESK);
    return found;
  };

  const publish = async (payload: string) => {
    await page.fill('textarea[name=payload]', payload);
    await page.click('button:text-is("Publish")');
  };
  const shown = (text: string) => page.waitForSelector(`ol.events li:has-text('${text}')`);
  /** Drops the live connection, and lets none begin until this is done. */
  const whileDropped = async (task: () => Promise<unknown>) => {
    await page.route('**/v1/sse?*', (route) => route.abort());
    await page.selectOption('label:has-text("Seconds") select', '0');
    await page.click('text=Drop and resume');
    await page.waitForSelector('.dot:text("reconnecting")');
    await task();
    await page.unroute('**/v1/sse?*');
  };
  const tab = (name: string) => page.click(`.tabs >> text="${name}"`);

  it('signs in with a key that scripts cannot read, and that counts for the console alone', async () => {
    await page.goto(`${runnel.url}/console`);
    await page.fill('input[name=key]', 'rnl_wrong');
    await page.click('text=Sign in');
    await page.waitForSelector('[role=alert]:not(:empty)');
    expect(await problems()).toEqual([]);
    await page.fill('input[name=key]', runnel.adminKey);
    await page.click('text=Sign in');
    await page.waitForSelector('h1:text("Streams")');
    expect(await page.evaluate('document.cookie + JSON.stringify(localStorage)')).toBe('{}');
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ name: 'runnel_console', httpOnly: true, sameSite: 'Strict' });
    expect(await page.evaluate("fetch('/v1/keys').then(({ status }) => status)")).toBe(401);
  }, 90_000);

  it('makes a stream, shows its events live with how long they took, and goes on after a drop', async () => {
    await page.fill('input[name=name]', 'orders');
    await page.click('button:text-is("Create")');
    await page.waitForSelector('.dot:text("connected")');
    const id = page.url().split('/').at(-1) as string;
    await page.fill('input[name=channel]', 'created');
    await publish('{"order":1001,"total":59.56,"customer":{"name":"Grace"}}');
    const event = await shown('"order":1001');
    expect(await (await event.$('.delay'))?.textContent()).toMatch(/ ms|clock/);
    await event.click();
    await page.waitForSelector('pre:has-text(\'"total": 59.56\')');
    expect(await problems()).toEqual([]);

    await tab('Connection test');
    await whileDropped(() => runnel.publish(id, { channel: 'paid', payload: { order: 1001 } }));
    await page.waitForSelector('.runs li');
    expect(await page.textContent('.runs strong')).toBe('All 1 events stored meanwhile arrived, each once.');
    await tab('Live');
    await page.waitForSelector('li.note.cut');
    await page.selectOption('label:has-text("Channel") select', 'paid');
    await page.waitForSelector('ol.events li:has-text("Grace")', { state: 'detached' });
    await page.selectOption('label:has-text("Channel") select', '');
    await page.click('text=Pause');
    await publish('{"order":1002,"total":12,"customer":{"name":"Ada"}}');
    await page.click('text=Go on (1 new)');
    await shown('"order":1002');
    await page.selectOption('label:has-text("Replay") select', '10');
    await page.waitForSelector('li.note', { state: 'detached' });
    await shown('"order":1002');
  }, 90_000);

  it('shows the bytes of a stream, its history and its settings, which it changes', async () => {
    await tab('Wire');
    await page.waitForSelector('pre.wire:has-text(\'data: {"order":1002\')');
    expect(await page.textContent('pre.wire')).toContain(':keepalive\n\n');
    await tab('History');
    await page.waitForSelector('text=3 of 3 kept');
    expect(await problems()).toEqual([]);
    await tab('Settings');
    await page.selectOption('select[name=visibility]', 'private');
    await page.fill('input[name=maxEvents]', '2');
    await page.click('button:text-is("Save")');
    await page.waitForSelector('.facts .chip:text("private")');
    const stream = (await runnel.call('GET', '/v1/streams/orders')).body;
    expect(stream).toMatchObject({ visibility: 'private', history: { max_events: 2 }, event_count: 2 });
    expect(await problems()).toEqual([]);
    await page.click('text=Make one for 5 minutes');
    await page.waitForSelector('.snippet pre:has-text("?ticket=ey")');
    await page.goto(`${runnel.url}/console#/`);
    await page.waitForSelector('td:has(svg[aria-label^="2 events"])');
    expect(await problems()).toEqual([]);
  }, 90_000);

  it('deploys a source, says what it does, and changes it', async () => {
    await page.click('nav >> text=Sources');
    await page.selectOption('select', 'timer');
    await page.fill('input[name=name]', 'clock');
    await page.fill('input[name=interval_seconds]', '3600');
    await page.click('button:text-is("Deploy")');
    await page.waitForSelector('code:text("every 3600 s")');
    await page.click('text=Deactivate');
    await page.waitForSelector('.dot:text("inactive")');
    expect(await problems()).toEqual([]);
    await page.click('td >> text=clock');
    await page.fill('input[name=cron]', '0 9 * * 1');
    await page.fill('input[name=interval_seconds]', '');
    await page.click('button:text-is("Save")');
    await page.waitForSelector('[role=status]:text("Saved")');
    const source = (await runnel.call('GET', '/v1/sources/clock')).body;
    expect(source).toMatchObject({ active: false, cron: '0 9 * * 1', timezone: 'UTC' });
    expect(await problems()).toEqual([]);
  }, 90_000);

  it('makes a key, shows it once, and revokes it', async () => {
    await page.click('nav >> text=Keys');
    await page.fill('input[name=name]', 'reader');
    await page.check('input[value=subscribe]');
    await page.click('button:text-is("Create")');
    const key = (await page.textContent('.made pre')) ?? '';
    expect((await runnel.call('GET', '/v1/keys', undefined, key)).status).toBe(403);
    expect(await problems()).toEqual([]);
    await page.click('text=I have it');
    await page.click('tr:has-text("reader") >> text=Revoke');
    await page.waitForSelector('tr:has-text("reader")', { state: 'detached' });
    expect((await runnel.call('GET', '/v1/keys', undefined, key)).status).toBe(401);
    expect(failures).toEqual([]);
  }, 90_000);

  it('shows an event that was cut off from history as a gap', async () => {
    const id = await runnel.workflow({ visibility: 'public' });
    await runnel.publish(id, { channel: 'n', payload: 'before' });
    await page.goto(`${runnel.url}/console#/streams/${id}/test`);
    await page.waitForSelector('.dot:text("connected")');
    const flood = Array.from({ length: 120 }, (_, payload) => ({ channel: 'n', payload }));
    await whileDropped(() => runnel.publish(id, flood));
    await tab('Live');
    await page.waitForSelector('li.note.gap');
    await page.click('text=Sign out');
    await page.waitForSelector('text=Runnel console');
    expect(await page.context().cookies()).toEqual([]);
  }, 90_000);
});
