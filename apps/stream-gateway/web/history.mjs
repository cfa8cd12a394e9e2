import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from './api.mjs';
import { Event } from './event.mjs';
import { useAttempt } from './hooks.mjs';
import { Fault } from './parts.mjs';

const PAGE = 25;

/** What is stored, newest first, page by page. */
export function History({ stream }) {
  const [page, setPage] = useState(undefined);
  const [error, attempt] = useAttempt();
  const [channel, setChannel] = useState('');
  const load = (query = '') => {
    const only = channel === '' ? '' : `&channel=${encodeURIComponent(channel)}`;
    return attempt(async () =>
      setPage(await call('GET', `/v1/streams/${stream.id}/events?limit=${PAGE}${only}${query}`)),
    );
  };
  useEffect(() => void load(), [stream.id]);
  const events = page?.data ?? [];
  const turn = (direction, cursor) => load(`&${direction}=${encodeURIComponent(cursor)}`);
  const filter = (event) => {
    event.preventDefault();
    void load();
  };
  return html`
    <form class="bar" onSubmit=${filter}>
      <label class="grow">Channel<input value=${channel} onInput=${({ target }) => setChannel(target.value)} placeholder="all" /></label>
      <button>Newest</button>
      <button type="button" disabled=${events.length < PAGE} onClick=${() => turn('before', page.page_info.start_cursor)}>Older</button>
      <button type="button" disabled=${events.length === 0} onClick=${() => turn('after', page.page_info.end_cursor)}>Newer</button>
    </form>
    <${Fault} text=${error} />
    <p class="soft" role="status">${page && `${events.length} of ${page.page_info.total_count} kept`}</p>
    <ol class="events" aria-label="Stored events, newest first">
      ${[...events].reverse().map((event) => html`<${Event} key=${event.id} ...${event} text=${JSON.stringify(event.payload)} at=${event.ts} />`)}
    </ol>
    ${page && events.length === 0 && html`<p class="empty">Nothing is kept here.</p>`}
  `;
}
