import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { send, ssePath } from './api.mjs';
import { Copyable } from './parts.mjs';

/** Characters that are kept in the page, and milliseconds between drawings. */
const KEPT = 20_000;
const DRAW_MS = 100;

/** Milliseconds without a byte after which the connection counts as dead, and from its end to the next. */
const SILENCE_MS = 20_000;
const RETRY_MS = 3_000;

/**
 * The bytes that a subscriber of the stream gets, as they are: what `curl -N` shows. A connection of its own, and
 * another when it ends.
 */
export function Wire({ stream, replay }) {
  const [text, setText] = useState('');
  const path = ssePath(stream);
  useEffect(() => {
    const stop = new AbortController();
    void readText(`${path}?replay=${replay}`, setText, stop.signal);
    return () => stop.abort();
  }, [path, replay]);
  return html`
    <p class="soft">What a subscriber gets, byte for byte, heartbeats included. The newest ${KEPT / 1_000} KB are shown.</p>
    <${Copyable} text=${location.origin + path} what="the address" />
    <pre class="wire" tabindex="0" role="region" aria-label="Bytes of the stream">${text}</pre>
  `;
}

async function readText(address, show, signal) {
  let text = '';
  let drawing;
  const draw = () => {
    drawing = undefined;
    show(text);
  };
  const add = (more) => {
    text = (text + more).slice(-KEPT);
    drawing ??= setTimeout(draw, DRAW_MS);
  };
  while (!signal.aborted) {
    const end = await readOne(address, add, signal).catch((error) => error.message);
    if (signal.aborted) break;
    add(`\n[${end}; again in ${RETRY_MS / 1_000} s]\n\n`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  clearTimeout(drawing);
}

/** Reads one connection to its end. Returns what ended it. */
async function readOne(address, add, signal) {
  const control = new AbortController();
  const stop = () => control.abort();
  signal.addEventListener('abort', stop);
  let silence;
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(() => control.abort(new Error('cut: nothing came')), SILENCE_MS);
  };
  try {
    listen();
    const response = await send(address, { signal: control.signal });
    add(`HTTP ${response.status}\ncontent-type: ${response.headers.get('content-type')}\n\n`);
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      listen();
      const { done, value } = await reader.read();
      if (done) return 'ended by the service';
      add(decoder.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', stop);
  }
}
