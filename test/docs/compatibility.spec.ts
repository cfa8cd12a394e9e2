import { describe, expect, it } from '@jest/globals';
import { ProvenPage } from './proofs.js';

describe('docs/compatibility.md', () => {
  const page = new ProvenPage('docs/compatibility.md');

  it('names tests by the names that they have, in the files that it says', () => {
    expect(page.proofs.length).toBeGreaterThan(100);
    expect(page.wrongProofs()).toEqual([]);
  });

  it('has a test for each behaviour', () => {
    expect(page.rows.length).toBeGreaterThan(80);
    expect(page.rowsWithoutProof([3])).toEqual([]);
  });
});
