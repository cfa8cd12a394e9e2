import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { Standalone } from '#libs/testing';
import { configurationPage, errorsPage } from './generated.js';
import { metricsPage } from './metrics-page.js';

describe('the documentation', () => {
  it.each([
    ['configuration.md', configurationPage],
    ['errors.md', errorsPage],
    ['metrics.md', async () => metricsPage(await metricsOfStandalone())],
  ])(
    'has %s as the code has it (npm run docs writes it)',
    async (name, render) => {
      const file = new URL(`../../docs/${name}`, import.meta.url);
      const page = await render();
      if (process.env.UPDATE_DOCS) await writeFile(file, page);
      expect(await readFile(file, 'utf8')).toBe(page);
    },
    60_000,
  );
});

async function metricsOfStandalone(): Promise<string> {
  const runnel = await Standalone.start({});
  try {
    return await (await fetch(`${runnel.url}/metrics`)).text();
  } finally {
    await runnel.stop();
  }
}
