import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { call } from './api.mjs';
import { useAttempt } from './hooks.mjs';
import { Copy, Fault } from './parts.mjs';
import { snippets } from './snippets.mjs';

const TICKET_S = 300;

/** How to listen and publish to this stream, in as many ways as there are. */
export function Listen({ stream, channel }) {
  const [chosen, setChosen] = useState('EventSource');
  const [ticket, setTicket] = useState(undefined);
  const [error, attempt] = useAttempt();
  const all = snippets(stream, location.origin, channel, ticket);
  const text = all.find(([name]) => name === chosen)[1];
  const makeTicket = () =>
    attempt(async () =>
      setTicket((await call('POST', '/v1/tickets', { streams: [stream.id], ttl_s: TICKET_S })).ticket),
    );
  return html`<section>
    <h2>Use it</h2>
    <div class="choices" role="group" aria-label="How to use it">
      ${all.map(([name]) => html`<button key=${name} type="button" class="small" aria-pressed=${name === chosen} onClick=${() => setChosen(name)}>${name}</button>`)}
    </div>
    <div class="snippet">
      <pre tabindex="0" role="region" aria-label=${`${chosen} snippet`}>${text}</pre>
      <${Copy} text=${text} what=${`the ${chosen} snippet`} />
    </div>
    ${
      stream.visibility === 'private' &&
      html`<p class="soft">
      This stream is private: pages get a ticket from your server. <button type="button" class="small" onClick=${makeTicket}>Make one for ${TICKET_S / 60} minutes</button>
    </p>`
    }
    <${Fault} text=${error} />
  </section>`;
}
