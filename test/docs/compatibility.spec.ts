import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** A file by its path in the repository. */
const textOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('docs/compatibility.md', () => {
  const page = textOf('docs/compatibility.md');

  it('names tests by the names that they have, in the files that it says', () => {
    const proofs = [...page.matchAll(/\[“([^”]+)”\]\(\.\.\/([^)]+)\)/g)];
    expect(proofs.length).toBeGreaterThan(100);
    const wrong = proofs.filter(([, name, file]) => {
      const spec = textOf(file as string);
      return !["'", '"', '`'].some((quote) => spec.includes(quote + name + quote));
    });
    expect(wrong.map(([proof]) => proof)).toEqual([]);
  });

  it('has a test for each behaviour', () => {
    const rows = page.split('\n').filter((line) => /^\| (?!what |---)/.test(line));
    expect(rows.length).toBeGreaterThan(80);
    expect(rows.filter((row) => !/ \| \[“.*\) \|$/.test(row) || row.split(' | ').length !== 3)).toEqual([]);
  });
});
