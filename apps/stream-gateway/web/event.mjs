import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { Json } from './json.mjs';
import { Channel, Copy, time } from './parts.mjs';

/** Characters of an event that its one line may show. */
const PREVIEW = 240;

/**
 * One event on one line, which opens.
 *
 * @param text its payload's JSON
 * @param delayMs from being stored to being here; only for events that came live
 */
export function Event({ id, channel, text, at, delayMs }) {
  const [isOpen, setOpen] = useState(false);
  return html`<li>
    <details onToggle=${({ target }) => setOpen(target.open)}>
      <summary>
        <time datetime=${new Date(at).toISOString()}>${time(at)}</time>
        ${channel && html`<${Channel} name=${channel} />`}
        <code class="preview"><${Json} text=${text.slice(0, PREVIEW)} /></code>
        ${delayMs !== undefined && html`<${Delay} ms=${delayMs} />`}
      </summary>
      ${
        isOpen &&
        html`<div class="opened">
        <pre><${Json} text=${JSON.stringify(JSON.parse(text), null, 2)} /></pre>
        <div class="bar soft"><code>${id}</code>
          <${Copy} text=${id} what="id" isNamed /><${Copy} text=${text} what="payload" isNamed />
        </div>
      </div>`
      }
    </details>
  </li>`;
}

function Delay({ ms }) {
  if (ms < 0)
    return html`<span class="delay" title="This machine's clock is behind the server's">clock?</span>`;
  return html`<span class="delay" title="From being stored to being here, by the clocks of both">${ms} ms</span>`;
}
