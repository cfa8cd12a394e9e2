import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { Standalone } from '#libs/testing';
import { chromiumPath, launchChromium } from './chromium.js';

const executable = chromiumPath();
const inChromium = executable === undefined ? describe.skip : describe;

inChromium('the console in Chromium', () => {
  let runnel: Standalone;
  let browser: Browser;
  let page: Page;
  const failures: string[] = [];

  beforeAll(async () => {
    runnel = await Standalone.start();
    browser = await launchChromium(executable as string);
    const context = await browser.newContext({ bypassCSP: false, viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => failures.push(error.message));
    page.on('dialog', (dialog) => void dialog.accept());
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await runnel?.stop();
  }, 60_000);

  const problems = async () => {
    await page.evaluate(axe.source);
    const found = await page.evaluate<{ violations: { id: string; impact: string }[] }>('axe.run()');
    return found.violations
      .filter(({ impact }) => ['serious', 'critical'].includes(impact))
      .map(({ id }) => id);
  };

  /** For the documentation, when asked to: `UPDATE_DOCS=1`. */
  const picture = async (name: string) => {
    if (process.env.UPDATE_DOCS !== '1') return;
    await page.screenshot({ path: fileURLToPath(new URL(`../../docs/images/${name}`, import.meta.url)) });
  };

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
    expect(await problems()).toEqual([]);
  }, 90_000);

  it('shows a stream live, publishes to it, and goes on after its connection was dropped', async () => {
    const id = await runnel.workflow();
    await page.goto(`${runnel.url}/console#/streams/${id}`);
    await page.waitForSelector('[role=status]:text("open")');
    await page.fill('input[name=channel]', 'news');
    await page.fill('textarea[name=payload]', '{"first":1}');
    await page.click('button:text-is("Publish")');
    await page.waitForSelector('ol.events >> text="first": 1');
    await page.click('text=Drop connection');
    await page.fill('textarea[name=payload]', '{"second":2}');
    await page.click('button:text-is("Publish")');
    await page.waitForSelector('ol.events >> text="second": 2');
    expect(await problems()).toEqual([]);
    await picture('console-stream.png');
  }, 90_000);

  it('deploys a source, and makes and revokes a key', async () => {
    await page.click('nav >> text=Sources');
    await page.fill('input[name=name]', 'hook');
    await page.click('button:text-is("Deploy")');
    await page.waitForSelector('code:has-text("/hooks/")');
    await page.click('text=Deactivate');
    await page.waitForSelector('td:text("inactive")');
    await page.click('nav >> text=Keys');
    await page.fill('input[name=name]', 'reader');
    await page.selectOption('select[name=scopes]', 'subscribe');
    await page.click('button:text-is("Create")');
    const key = (await page.textContent('section[role=status] pre')) ?? '';
    expect((await runnel.call('GET', '/v1/keys', undefined, key)).status).toBe(403);
    await page.click('tr:has-text("reader") >> text=Revoke');
    await page.waitForSelector('tr:has-text("reader")', { state: 'detached' });
    expect((await runnel.call('GET', '/v1/keys', undefined, key)).status).toBe(401);
    expect(await problems()).toEqual([]);
    expect(failures).toEqual([]);
  }, 90_000);
});
