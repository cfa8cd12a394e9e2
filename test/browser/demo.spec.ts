import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { eventually, ready, Standalone } from '#libs/testing';
import { chromiumPath, launchChromium } from './chromium.js';

const executable = chromiumPath();
const inChromium = executable === undefined ? describe.skip : describe;

inChromium(`a page in Chromium${executable === undefined ? ' (none is installed here)' : ''}`, () => {
  let runnel: Standalone;
  let browser: Browser;
  beforeAll(async () => {
    runnel = await Standalone.start({ RUNNEL_DEMO: '1' });
    browser = await launchChromium(executable as string);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await runnel?.stop();
  }, 60_000);

  it('shows the demo events as they come', async () => {
    await eventually('the demo is there', async () => (await fetch(`${runnel.url}/demo`)).ok);
    const page = await browser.newPage();
    await page.goto(`${runnel.url}/demo`);
    await page.waitForFunction("document.querySelector('#events').textContent.split('\\n').length > 3");
    expect(await page.textContent('#events')).toMatch(/"count":\d+/);
    await page.close();
  }, 60_000);

  it('listens from a file, whose origin is null, and goes on where it was when Runnel restarts', async () => {
    const id = await runnel.workflow();
    const file = join(runnel.dataDir, 'page.html');
    const script = `new EventSource('${runnel.url}/pipelines/${id}/sse').addEventListener('n', (e) => (document.title += e.data + ','))`;
    await writeFile(file, `<!doctype html><title></title><script>${script}</script>`);
    await runnel.publish(
      id,
      [1, 2].map((payload) => ({ channel: 'n', payload })),
    );
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction("document.title === '1,2,'");
    await runnel.process.stop();
    await runnel.process.restart();
    await ready(runnel.url);
    await runnel.publish(id, { channel: 'n', payload: 3 });
    await page.waitForFunction("document.title === '1,2,3,'", undefined, { timeout: 30_000 });
    await page.close();
  }, 90_000);
});
