import { html } from 'htm/preact';
import { useEffect, useReducer, useState } from 'preact/hooks';
import { Event } from './event.mjs';
import { LiveFeed } from './live-feed.mjs';
import { Dot, time } from './parts.mjs';

/** How many events a connection may begin with. */
const REPLAYS = [100, 50, 10, 0];
const KINDS = { open: 'good', closed: 'bad' };

/** A stream's events as they come, and whether they come. Undefined until the connection is begun. */
export function useFeed(stream, replay) {
  const [, draw] = useReducer((count) => count + 1, 0);
  const [feed, setFeed] = useState(undefined);
  useEffect(() => {
    const made = new LiveFeed(stream, replay, draw);
    setFeed(made);
    return () => made.close();
  }, [stream.id, replay]);
  return feed;
}

export function FeedState({ feed }) {
  const state = feed?.state ?? 'connecting';
  return html`<span role="status"><${Dot} kind=${KINDS[state] ?? 'warn'}>${state}<//></span>`;
}

export function Live({ feed, replay, onReplay }) {
  const [held, setHeld] = useState(undefined);
  const [channel, setChannel] = useState('');
  const [search, setSearch] = useState('');
  const rows = feed?.rows ?? [];
  const shown = (held ?? rows).filter((row) => isWanted(row, channel, search.toLowerCase()));
  const channels = [...new Set(rows.map(({ event }) => event?.channel).filter(Boolean))].sort();
  return html`
    <div class="bar">
      <label>Channel<select value=${channel} onChange=${({ target }) => setChannel(target.value)}>
        <option value="">all</option>
        ${channels.map((name) => html`<option value=${name}>${name}</option>`)}
      </select></label>
      <label class="grow">Search<input type="search" value=${search} onInput=${({ target }) => setSearch(target.value)} /></label>
      <label>Replay<select value=${replay} onChange=${({ target }) => onReplay(Number(target.value))}>
        ${REPLAYS.map((count) => html`<option value=${count}>${count}</option>`)}
      </select></label>
      <button aria-pressed=${held !== undefined} onClick=${() => setHeld(held === undefined ? rows : undefined)}>
        ${held === undefined ? 'Pause' : `Go on (${newSince(held, rows)} new)`}
      </button>
    </div>
    <ol class="events" aria-label="Events, newest first">
      ${shown.map((row) => (row.note === undefined ? html`<${Event} key=${row.key} ...${row.event} at=${row.at} delayMs=${row.delayMs} />` : html`<${Note} key=${row.key} row=${row} />`))}
    </ol>
    ${shown.length === 0 && html`<p class="empty">${rows.length === 0 ? 'Nothing has come yet. Publish an event, and it appears here.' : 'Nothing here matches.'}</p>`}
  `;
}

function Note({ row: { at, kind, note } }) {
  return html`<li class=${`note ${kind}`}><time>${time(at)}</time> ${note}</li>`;
}

/** What happened to the connection is of interest whatever is searched for. */
function isWanted({ event }, channel, search) {
  if (event === undefined) return true;
  if (channel !== '' && event.channel !== channel) return false;
  return search === '' || JSON.stringify(event).toLowerCase().includes(search);
}

function newSince(held, rows) {
  const at = rows.findIndex(({ key }) => key === held[0]?.key);
  return at === -1 ? `${rows.length}+` : at;
}
