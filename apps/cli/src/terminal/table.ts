import type { Io } from '../io.js';
import { colours } from './colours.js';
import { visible } from './visible.js';

export interface Column<Row> {
  readonly title: string;
  value(row: Row): string;
}

/** Space between two columns. */
const GUTTER = '  ';

/** Writes rows under titles, each column as wide as its widest cell. Nothing is cut, so it can be piped. */
export async function writeTable<Row>(
  io: Io,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Promise<void> {
  const titles = columns.map(({ title }) => title);
  const cells = rows.map((row) => columns.map(({ value }) => visible(value(row))));
  const widths = columns.map((_, n) =>
    Math.max(...[titles, ...cells].map((line) => lengthOf(line[n] ?? ''))),
  );
  const { bold } = colours(io.stdout, io.env);
  const layOut = (line: readonly string[]) =>
    line
      .map((cell, n) => cell + ' '.repeat((widths[n] ?? 0) - lengthOf(cell)))
      .join(GUTTER)
      .trimEnd();
  const lines = [bold(layOut(titles)), ...cells.map(layOut)];
  await io.stdout.write(`${lines.join('\n')}\n`);
}

/** Characters as people count them, nearly: surrogate pairs are one. */
function lengthOf(text: string): number {
  return [...text].length;
}
