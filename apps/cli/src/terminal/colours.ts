import type { Io, Output } from '../io.js';

type Paint = (text: string) => string;

/** Colours for an output: only on a terminal, and not where NO_COLOR (no-color.org) is set. */
export function colours(output: Output, env: Io['env']): { red: Paint; bold: Paint; dim: Paint } {
  const inColour = output.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
  const paint = (on: number, off: number) => (text: string) =>
    inColour ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { red: paint(31, 39), bold: paint(1, 22), dim: paint(2, 22) };
}
