import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { chromiumPath, launchChromium } from './chromium.js';

/** The browser of a suite, once its tests run. */
export interface SuiteChromium {
  readonly browser: Browser;
}

/** A suite in a Chromium of its own, which ends with it. Left out where none is installed, and its name says so then. */
export function inChromium(title: string, suite: (chromium: SuiteChromium) => void): void {
  const path = chromiumPath();
  if (path === undefined) {
    describe.skip(`${title} (no Chromium is installed here)`, () => suite({} as SuiteChromium));
    return;
  }
  describe(title, () => {
    const started = {} as { browser: Browser };
    beforeAll(async () => {
      started.browser = await launchChromium(path);
    }, 60_000);
    afterAll(() => started.browser?.close(), 60_000);
    suite(started);
  });
}
