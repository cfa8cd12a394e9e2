import { html } from 'htm/preact';
import { useState } from 'preact/hooks';

/** Milliseconds for which a button says that it has copied. */
const COPIED_MS = 2_000;

/** What went wrong: read out when it appears. Always there, since a region that comes with its text is not read. */
export function Fault({ text }) {
  return html`<p class="fault" role="alert">${text}</p>`;
}

/** @param what said after "Copy" to who does not see what the button stands beside, and to all where `isNamed` */
export function Copy({ text, what, isNamed = false }) {
  const [said, setSaid] = useState('Copy');
  const say = (word) => {
    setSaid(word);
    setTimeout(() => setSaid('Copy'), COPIED_MS);
  };
  // Pages that came over plain http from another machine have no clipboard.
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => say('Copied'),
      () => say('Not allowed'),
    ) ?? say('Not allowed');
  return html`<button type="button" class="small" aria-label=${`${said} ${what}`} onClick=${copy}>${isNamed ? `${said} ${what}` : said}</button>`;
}

/** An address or id, in full where there is room, with a button that copies it. */
export function Copyable({ text, what }) {
  return html`<span class="copyable"><code title=${text}>${text}</code><${Copy} text=${text} what=${what} /></span>`;
}

/** The same colour each time for the same channel. */
export function Channel({ name }) {
  let hue = 0;
  for (const character of name) hue = (hue * 31 + character.codePointAt(0)) % 360;
  return html`<bdi class="channel" style=${{ '--hue': hue }}>${name}</bdi>`;
}

/** `good` for what is well, `warn` for what may become well, `off` for what is meant to be still. */
export function Dot({ kind, children }) {
  return html`<span class=${`dot ${kind}`}>${children}</span>`;
}

/** Parts of a page, each with an address. */
export function Tabs({ label, tabs, current }) {
  return html`<nav class="tabs" aria-label=${label}>
    ${tabs.map(([href, name]) => html`<a key=${href} href=${href} aria-current=${href === current ? 'page' : undefined}>${name}</a>`)}
  </nav>`;
}

export function time(ts) {
  return new Date(ts).toLocaleTimeString([], { hour12: false });
}
