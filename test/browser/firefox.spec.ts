import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { eventually, ready, type Standalone, TcpProxy } from '#libs/testing';
import { installed } from './installed.js';
import { Website } from './website.js';

/** The Firefox of this machine: FIREFOX_BIN, or what is on the PATH. */
const executable = installed('FIREFOX_BIN', ['firefox', 'firefox-esr']);
const inFirefox = executable === undefined ? describe.skip : describe;

inFirefox(`a page in Firefox${executable === undefined ? ' (none is installed here)' : ''}`, () => {
  let website: Website;
  let runnel: Standalone;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    website = await Website.start();
    runnel = website.runnel;
    browser = await launch({ browser: 'firefox', executablePath: executable as string, headless: true });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await website?.stop();
  }, 60_000);
  beforeEach(async () => {
    page = await browser.newPage();
  });
  afterEach(() => page.close());

  const address = (id: string) => website.address(id);
  const publish = (id: string, ...payloads: unknown[]) => website.publish(id, ...payloads);

  it('listens from a file, whose origin is null, and goes on where it was after a broken connection', async () => {
    const id = await runnel.workflow();
    const file = join(runnel.dataDir, 'page.html');
    const road = await TcpProxy.open(runnel.url);
    const script = `new EventSource('${road.url}/pipelines/${id}/sse').addEventListener('n', (e) => (document.title += e.data + ','))`;
    await writeFile(file, `<!doctype html><title></title><script>${script}</script>`);
    await publish(id, 1, 2);
    await page.goto(pathToFileURL(file).href);
    await eventually('the history', async () => (await page.title()) === '1,2,');
    road.reset();
    await publish(id, 3);
    await eventually('what came after', async () => (await page.title()) === '1,2,3,', 40_000);
    await road.close();
  }, 120_000);

  it('listens with the browser client, also after its gateway was killed', async () => {
    const id = await runnel.workflow();
    const heard = () => page.evaluate<[], () => unknown>('JSON.stringify(window.heard)');
    await publish(id, 1, 2);
    const options = JSON.stringify({ channels: ['n'] });
    await page.goto(`${website.pages.origin}/?${new URLSearchParams({ stream: address(id), options })}`);
    await eventually('the history', async () => (await heard()) === '[1,2]');
    runnel.process.kill('SIGKILL');
    await eventually('the loss is noticed', () => page.evaluate("states.includes('waiting ConnectError')"));
    await runnel.process.restart();
    await ready(runnel.url);
    await publish(id, 3);
    await eventually('what came after', async () => (await heard()) === '[1,2,3]', 40_000);
    expect(await page.evaluate('gaps.length')).toBe(0);
  }, 120_000);

  it('shows the console after signing in with a key', async () => {
    const id = await runnel.workflow();
    await page.goto(`${runnel.url}/console`);
    await page.locator('input[type=password]').fill(runnel.adminKey);
    await page.keyboard.press('Enter');
    await eventually('the stream is listed', async () => (await page.content()).includes(id));
  }, 60_000);
});
