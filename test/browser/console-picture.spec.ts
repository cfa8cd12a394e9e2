import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import UPNG from 'upng-js';
import { Standalone, TcpProxy } from '#libs/testing';
import { chromiumPath, launchChromium } from './chromium.js';

const executable = chromiumPath();
/** A picture for the documentation, and only when asked for: `npm run docs:images`. */
const whenAsked = executable !== undefined && process.env.UPDATE_DOCS === '1' ? describe : describe.skip;

const SIZE = { width: 1000, height: 560 };
const COLOURS = 128;
const MAX_BYTES = 600_000;
const OUT = fileURLToPath(new URL('../../docs/images/console.png', import.meta.url));

const ORDERS = [
  ['created', { order: 1001, total: 59.5, customer: 'Grace' }],
  ['paid', { order: 1001, by: 'card' }],
  ['created', { order: 1002, total: 12, customer: 'Hedy' }],
  ['shipped', { order: 1001, parcels: 2 }],
  ['paid', { order: 1002, by: 'invoice' }],
] as const;
const MISSED = [
  ['created', { order: 1003, total: 240, customer: 'Ada' }],
  ['shipped', { order: 1002, parcels: 1 }],
  ['paid', { order: 1003, by: 'card' }],
] as const;

whenAsked('the moving picture of the console', () => {
  let runnel: Standalone;
  let road: TcpProxy;
  let browser: Browser;
  let page: Page;
  const frames: ArrayBuffer[] = [];
  const delaysMs: number[] = [];

  beforeAll(async () => {
    runnel = await Standalone.start();
    road = await TcpProxy.open(runnel.url);
    browser = await launchChromium(executable as string);
    page = await browser.newPage({ viewport: SIZE, colorScheme: 'light', reducedMotion: 'reduce' });
    page.setDefaultTimeout(30_000);
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await road?.close();
    await runnel?.stop();
  }, 60_000);

  const frame = async (delayMs: number) => {
    const png = await page.screenshot({ animations: 'disabled' });
    const [pixels] = UPNG.toRGBA8(UPNG.decode(new Uint8Array(png).buffer));
    frames.push(pixels as ArrayBuffer);
    delaysMs.push(delayMs);
  };
  const says = (state: string) => page.waitForSelector(`.facts .dot:text("${state}")`);
  const shown = (payload: unknown) =>
    page.waitForSelector(`ol.events li:has-text('${JSON.stringify(payload).slice(1, 30)}')`);

  it('shows events as they come, a network that breaks, and that nothing was missed', async () => {
    const { id } = (await runnel.call('POST', '/v1/workflows', { name: 'orders' })).body;
    await page.goto(`${road.url}/console#/streams/${id}`);
    await page.fill('input[name=key]', runnel.adminKey);
    await page.click('text=Sign in');
    await says('connected');
    await page.fill('input[name=channel]', 'created');
    await frame(800);
    for (const [channel, payload] of ORDERS) {
      await runnel.publish(id, { channel, payload });
      await shown(payload);
      await frame(700);
    }
    road.refuse();
    road.reset();
    await says('reconnecting');
    await page.waitForSelector('[role=alert]:has-text("does not answer")');
    await frame(1_000);
    for (const [channel, payload] of MISSED) await runnel.publish(id, { channel, payload });
    await page.waitForTimeout(1_000);
    await frame(1_400);
    road.heal();
    await says('connected');
    await shown(MISSED.at(-1)?.[1]);
    await page.waitForSelector('[role=alert]:not(:empty)', { state: 'detached' });
    await page.waitForSelector('.facts span:has-text("1 listening")');
    await frame(3_500);
    const picture = UPNG.encode(frames, SIZE.width, SIZE.height, COLOURS, delaysMs);
    expect(picture.byteLength).toBeLessThan(MAX_BYTES);
    await writeFile(OUT, new Uint8Array(picture));
  }, 120_000);
});
