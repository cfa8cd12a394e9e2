import { html } from 'htm/preact';

/** A text in quotes, then a colon where it is a name; a word; a number. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** Characters that are shown in colour, and at all: a browser takes seconds for half a million. */
const COLOURED = 10_000;
const SHOWN = 100_000;

/** JSON with a colour for each kind of value, its beginning where there is too much of it. */
export function Json({ text: whole }) {
  const text = whole.slice(0, COLOURED);
  const plain = whole.slice(COLOURED, SHOWN);
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [, quoted, colon, word] = match;
    const kind =
      quoted === undefined ? (word === undefined ? 'num' : 'word') : colon === undefined ? 'str' : 'name';
    parts.push(text.slice(end, match.index), html`<span class=${kind}>${quoted ?? match[0]}</span>`);
    end = match.index + (quoted ?? match[0]).length;
  }
  const hidden = whole.length - SHOWN;
  return html`${parts}${text.slice(end)}${plain}${hidden > 0 && `\n… and ${hidden.toLocaleString()} characters more, which the copy has.`}`;
}
