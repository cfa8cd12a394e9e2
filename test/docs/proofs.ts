import { readFileSync } from 'node:fs';

/** A page of the documentation whose behaviours name the tests that prove them: [“name of the test”](../file). */
export class ProvenPage {
  readonly text: string;
  /** Each link to a test, as it stands there. */
  readonly proofs: readonly RegExpExecArray[];
  /** The rows of the tables, without their heads. */
  readonly rows: readonly string[];

  /** @param path in the repository */
  constructor(path: string) {
    this.text = textOf(path);
    this.proofs = [...this.text.matchAll(/\[“([^”]+)”\]\(\.\.\/([^)]+)\)/g)];
    this.rows = this.text.split('\n').filter((line) => /^\| (?!(?:what|promise) |---)/.test(line));
  }

  /** Links to tests that do not have that name, or are not in that file. */
  wrongProofs(): string[] {
    const wrong = this.proofs.filter(([, name, file]) => {
      const spec = textOf(file as string);
      return !["'", '"', '`'].some((quote) => spec.includes(quote + name + quote));
    });
    return wrong.map(([proof]) => proof);
  }

  /** Rows that do not end with a test, or have another number of cells. */
  rowsWithoutProof(cells: readonly number[]): string[] {
    return this.rows.filter(
      (row) => !/ \| \[“.*\) \|$/.test(row) || !cells.includes(row.split(' | ').length),
    );
  }
}

function textOf(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
