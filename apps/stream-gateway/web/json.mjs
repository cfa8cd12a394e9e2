import { html } from 'htm/preact';

/** A text in quotes, then a colon where it is a name; a word; a number. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** JSON with a colour for each kind of value. @param indent spaces a level; left out: on one line */
export function Json({ value, indent }) {
  const text = JSON.stringify(value, null, indent) ?? '';
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [, quoted, colon, word] = match;
    const kind =
      quoted === undefined ? (word === undefined ? 'num' : 'word') : colon === undefined ? 'str' : 'name';
    parts.push(text.slice(end, match.index), html`<span class=${kind}>${quoted ?? match[0]}</span>`);
    end = match.index + (quoted ?? match[0]).length;
  }
  return html`${parts}${text.slice(end)}`;
}
