import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { send, ssePath } from './api.mjs';
import { Copyable } from './parts.mjs';

/** Characters that are kept in the page, and milliseconds between drawings. */
const KEPT = 20_000;
const DRAW_MS = 100;

/** The bytes that a subscriber of the stream gets, as they are: what `curl -N` shows. A connection of its own. */
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
  try {
    const response = await send(address, { signal });
    add(`HTTP ${response.status}\ncontent-type: ${response.headers.get('content-type')}\n\n`);
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return add('\n[ended by the service]\n');
      add(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    if (!signal.aborted) add(`\n[${error.message}]\n`);
  } finally {
    if (signal.aborted) clearTimeout(drawing);
  }
}
