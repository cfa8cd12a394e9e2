import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { configurationPage, errorsPage } from './generated.js';

describe('the documentation', () => {
  it.each([
    ['configuration.md', configurationPage],
    ['errors.md', errorsPage],
  ])('has %s as the code has it (npm run docs writes it)', async (name, render) => {
    const file = new URL(`../../docs/${name}`, import.meta.url);
    if (process.env.UPDATE_DOCS) await writeFile(file, render());
    expect(await readFile(file, 'utf8')).toBe(render());
  });
});
