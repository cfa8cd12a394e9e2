import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, ready, Standalone } from '#libs/testing';
import { inChromium } from './in-chromium.js';

inChromium('a page in Chromium', (chromium) => {
  let runnel: Standalone;
  beforeAll(async () => {
    runnel = await Standalone.start({ RUNNEL_DEMO: '1' });
  }, 60_000);
  afterAll(async () => {
    await runnel?.stop();
  }, 60_000);

  it('shows the demo events as they come', async () => {
    await eventually('the demo is there', async () => (await fetch(`${runnel.url}/demo`)).ok);
    const page = await chromium.browser.newPage();
    await page.goto(`${runnel.url}/demo`);
    // Asked from outside: the page's own security policy lets nothing be evaluated in it.
    const shown = () => page.textContent('#events');
    await eventually('some events', async () => ((await shown()) ?? '').split('\n').length > 3, 20_000);
    expect(await shown()).toMatch(/"count":\d+/);
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
    const page = await chromium.browser.newPage();
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction("document.title === '1,2,'");
    await runnel.process.stop();
    await runnel.process.restart();
    await ready(runnel.url);
    await runnel.publish(id, { channel: 'n', payload: 3 });
    await page.waitForFunction("document.title === '1,2,3,'", undefined, { timeout: 30_000 });
    await page.close();
  }, 90_000);

  it('logs the events of each channel it listens to, as the page in the documentation of Pipedream does', async () => {
    const id = await runnel.workflow();
    const file = join(runnel.dataDir, 'index.html');
    const listener = (name: string) =>
      `eventSource.addEventListener("${name}", function (e) { console.log("new event:", e.type, e.data); });`;
    const script = `const eventSource = new EventSource("${runnel.url}/pipelines/${id}/sse");
      ${listener('events')} ${listener('names')} ${listener('message')}`;
    await writeFile(file, `<!DOCTYPE html><html><head><script>${script}</script></head><body></body></html>`);
    const page = await chromium.browser.newPage();
    const logged: string[] = [];
    page.on('console', (message) => logged.push(message.text()));
    await runnel.publish(id, { channel: 'events', payload: { name: 'Ada' } });
    await page.goto(pathToFileURL(file).href);
    await eventually('what was kept', () => logged.length === 1);
    await runnel.publish(id, [
      { channel: 'names', payload: 'Grace' },
      { channel: 'silent', payload: 0 },
      { channel: 'events', payload: { name: 'Hedy' } },
    ]);
    await eventually('what came', () => logged.length === 3);
    expect(logged).toEqual([
      'new event: events {"name":"Ada"}',
      'new event: names "Grace"',
      'new event: events {"name":"Hedy"}',
    ]);
    await page.close();
  }, 60_000);

  it('streams at once when the address itself is opened in a tab', async () => {
    const id = await runnel.workflow();
    await runnel.publish(id, { channel: 'events', payload: 'first' });
    const page = await chromium.browser.newPage();
    await page.goto(`${runnel.url}/pipelines/${id}/sse`, { waitUntil: 'commit' });
    const shows = (text: string) =>
      eventually(
        `the page shows ${text}`,
        async () => (await page.textContent('body'))?.includes(text),
        30_000,
      );
    await shows('data: "first"');
    await runnel.publish(id, { channel: 'events', payload: 'second' });
    await shows('data: "second"');
    await page.close();
  }, 60_000);
});
