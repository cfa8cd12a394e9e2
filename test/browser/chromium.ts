import { type Browser, chromium } from 'playwright-core';
import { installed } from './installed.js';

/** The Chromium of this machine: CHROME_BIN, or what is on the PATH. */
export function chromiumPath(): string | undefined {
  return installed('CHROME_BIN', ['chromium', 'chromium-browser', 'google-chrome']);
}

/** Starts it without a window. Closing it is the caller's. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // The sandbox needs rights that a container's root does not have; the rest keeps the browser off the network.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
    ],
  });
}
