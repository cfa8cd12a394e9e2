import { html } from 'htm/preact';
import { useEffect, useReducer, useState } from 'preact/hooks';
import { Event } from './event.mjs';
import { useOnline, useSeconds } from './hooks.mjs';
import { LiveFeed } from './live-feed.mjs';
import { Dot, time } from './parts.mjs';

/** How many events a connection may begin with. */
const REPLAYS = [100, 50, 10, 0];

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

/** What is so at this moment. @param isReached whether the service answers what else it is asked */
export function FeedState({ feed, isReached }) {
  const isOnline = useOnline();
  const isWaiting = isOnline && feed?.state === 'waiting';
  useSeconds(isWaiting);
  // A machine without a network may still reach itself.
  const isOffline = !isOnline && !(feed?.state === 'open' && isReached);
  const [kind, text] = isOffline ? ['bad', 'offline'] : stateOf(feed, isReached);
  const leftS = Math.max(0, Math.ceil(((feed?.nextAt ?? 0) - Date.now()) / 1_000));
  // The seconds are not read out, one after the other.
  return html`<span role="status"><${Dot} kind=${kind}>${text}${isWaiting && html`<span aria-hidden="true"> in ${leftS} s</span>`}<//></span>`;
}

function stateOf(feed, isReached) {
  if (feed?.state === 'open') return isReached ? ['good', 'connected'] : ['warn', 'no answer'];
  if (feed?.state === 'closed') return ['bad', feed.error?.status === 401 ? 'signed out' : 'closed'];
  if (feed?.state === 'waiting') return ['warn', 'reconnecting'];
  return ['warn', feed?.attempts > 1 ? 'reconnecting …' : 'connecting …'];
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
        ${channels.map((name) => html`<option value=${name} dir="auto">${name}</option>`)}
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
      ${shown.map(viewOf)}
    </ol>
    ${feed?.came > rows.length && html`<p class="soft shown">${countOf(rows)} of ${feed.came.toLocaleString()} events that came are still in this page. What is stored is under History.</p>`}
    ${shown.length === 0 && html`<p class="empty">${rows.length === 0 ? 'Nothing has come yet. Publish an event, and it appears here.' : 'Nothing here matches.'}</p>`}
  `;
}

/** A row never changes, so what shows it is made once: a flood then costs what is new in it. */
function viewOf(row) {
  row.view ??=
    row.note === undefined
      ? html`<${Event} key=${row.key} ...${row.event} at=${row.at} delayMs=${row.delayMs} />`
      : html`<${Note} key=${row.key} row=${row} />`;
  return row.view;
}

function countOf(rows) {
  return rows.filter(({ event }) => event !== undefined).length;
}

function Note({ row: { at, kind, note } }) {
  return html`<li class=${`note ${kind}`}><time>${time(at)}</time> ${note}</li>`;
}

/** What happened to the connection is of interest whatever is searched for. */
function isWanted({ event }, channel, search) {
  if (event === undefined) return true;
  if (channel !== '' && event.channel !== channel) return false;
  const { id, text } = event;
  return search === '' || `${id} ${event.channel} ${text}`.toLowerCase().includes(search);
}

function newSince(held, rows) {
  const at = rows.findIndex(({ key }) => key === held[0]?.key);
  return at === -1 ? `${rows.length}+` : at;
}
