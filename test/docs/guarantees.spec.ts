import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ProvenPage } from './proofs.js';

describe('docs/guarantees.md', () => {
  const page = new ProvenPage('docs/guarantees.md');

  it('names tests by the names that they have, in the files that it says', () => {
    expect(page.proofs.length).toBeGreaterThan(30);
    expect(page.wrongProofs()).toEqual([]);
  });

  it('has a test for each promise', () => {
    expect(page.rows.length).toBeGreaterThan(20);
    expect(page.rowsWithoutProof([2, 3])).toEqual([]);
  });

  it('leaves out no file of the faults that are tried', () => {
    const files = readdirSync(new URL('../faults', import.meta.url)).filter((file) =>
      file.endsWith('.spec.ts'),
    );
    expect(files.filter((file) => !page.text.includes(`(../test/faults/${file})`))).toEqual([]);
  });
});
