import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from './api.mjs';
import { useLive } from './live.mjs';
import { snippets } from './snippets.mjs';

/** One stream: live, its history, publishing, and how to listen to it. */
export function Stream({ id }) {
  const [stream, setStream] = useState(undefined);
  const [error, setError] = useState('');
  useEffect(() => {
    call('GET', `/v1/streams/${id}`).then(setStream, ({ message }) => setError(message));
  }, [id]);
  if (stream === undefined) return html`<p class="bad" role="alert">${error}</p>`;
  return html`
    <h1>${stream.name} <span class="chip">${stream.type}</span> <span class="chip">${stream.visibility}</span></h1>
    <div class="columns">
      <div><${Live} stream=${stream} /><${History} stream=${stream} /></div>
      <div><${Publish} stream=${stream} /><${Snippets} stream=${stream} /></div>
    </div>
  `;
}

function Live({ stream }) {
  const { events, notes, state, raw, drop } = useLive(stream);
  const [held, setHeld] = useState(undefined);
  const [channel, setChannel] = useState('');
  const [search, setSearch] = useState('');
  const [wire, setWire] = useState(false);
  const shown = (held ?? events).filter(
    (event) => (channel === '' || event.channel === channel) && event.data.includes(search),
  );
  const channels = [...new Set(events.map((event) => event.channel).filter(Boolean))];
  return html`<section>
    <h2>Live <span class=${state === 'open' ? 'good' : 'bad'} role="status">${state}</span></h2>
    <div class="bar">
      <label>Channel<select value=${channel} onChange=${({ target }) => setChannel(target.value)}>
        <option value="">all</option>
        ${channels.map((name) => html`<option value=${name}>${name}</option>`)}
      </select></label>
      <label>Search<input value=${search} onInput=${({ target }) => setSearch(target.value)} /></label>
      <button aria-pressed=${held !== undefined} onClick=${() => setHeld(held === undefined ? events : undefined)}>
        ${held === undefined ? 'Pause' : 'Go on'}
      </button>
      <button aria-pressed=${wire} onClick=${() => setWire(!wire)}>Wire bytes</button>
      <button onClick=${drop}>Drop connection</button>
    </div>
    ${
      wire
        ? html`<pre tabindex="0" aria-label="Bytes of the stream">${raw}</pre>`
        : html`<ol class="events" tabindex="0" aria-label="Events, newest first">
          ${shown.map((event) => html`<${Event} key=${event.id} event=${event} />`)}
        </ol>`
    }
    ${!wire && shown.length === 0 && html`<p class="soft">Nothing has come yet.</p>`}
    <details>
      <summary>The connection</summary>
      <pre>${notes.join('\n')}</pre>
    </details>
  </section>`;
}

function Event({ event: { id, channel, payload, at } }) {
  return html`<li>
    <div class="meta">
      <time>${new Date(at).toLocaleTimeString()}</time>
      ${channel && html`<span class="chip">${channel}</span>`}
      <span>${id}</span>
    </div>
    <pre>${JSON.stringify(payload, null, 2)}</pre>
  </li>`;
}

function History({ stream }) {
  const [page, setPage] = useState(undefined);
  const [error, setError] = useState('');
  const load = (query = '') =>
    call('GET', `/v1/streams/${stream.id}/events?limit=10${query}`).then(setPage, ({ message }) =>
      setError(message),
    );
  const events = page?.data ?? [];
  return html`<section>
    <h2>History</h2>
    <p class="bad" role="alert">${error}</p>
    <div class="bar">
      <button onClick=${() => load()}>Newest</button>
      <button disabled=${events.length === 0} onClick=${() => load(`&before=${encodeURIComponent(page.page_info.start_cursor)}`)}>
        Older
      </button>
      ${page && html`<span class="soft">${events.length} of ${page.page_info.total_count}</span>`}
    </div>
    <ol class="events" tabindex="0" aria-label="Stored events, newest first">
      ${[...events].reverse().map((event) => html`<${Event} key=${event.id} event=${{ ...event, at: event.ts }} />`)}
    </ol>
  </section>`;
}

function Publish({ stream }) {
  const [outcome, setOutcome] = useState(undefined);
  const publish = async (event) => {
    event.preventDefault();
    const { channel, payload } = Object.fromEntries(new FormData(event.target));
    try {
      const body = { ...(channel === '' ? {} : { channel }), payload: JSON.parse(payload) };
      const begun = performance.now();
      const { events } = await call('POST', `/v1/streams/${stream.id}/events`, body);
      const tookMs = Math.round(performance.now() - begun);
      setOutcome({ good: true, text: `Stored in ${tookMs} ms as ${events[0].id}` });
    } catch (error) {
      setOutcome({ good: false, text: error.message });
    }
  };
  return html`<section>
    <h2>Publish</h2>
    <form onSubmit=${publish}>
      <label>Channel<input name="channel" required=${stream.kind === 'workflow'} /></label>
      <label>Payload, as JSON<textarea name="payload" rows="4" required>{"hello":"world"}</textarea></label>
      <button class="main">Publish</button>
      <p role="status" class=${outcome?.good ? 'good' : 'bad'}>${outcome?.text}</p>
    </form>
  </section>`;
}

function Snippets({ stream }) {
  const [copied, setCopied] = useState('');
  const copy = (name, text) => navigator.clipboard.writeText(text).then(() => setCopied(name));
  return html`<section>
    <h2>Listen and publish</h2>
    ${snippets(stream, location.origin).map(
      ([name, text]) => html`<div>
        <div class="bar"><span class="soft">${name}</span>
          <button aria-label=${`Copy ${name}`} onClick=${() => copy(name, text)}>${copied === name ? 'Copied' : 'Copy'}</button>
        </div>
        <pre>${text}</pre>
      </div>`,
    )}
  </section>`;
}
