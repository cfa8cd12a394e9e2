import { html } from 'htm/preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Activity, MINUTES, Sparkline } from './activity.mjs';
import { call } from './api.mjs';
import { useAttempt, usePolling } from './hooks.mjs';
import { firstPages, ShowMore } from './pages.mjs';
import { Fault } from './parts.mjs';

/** Milliseconds between looks, for each page that is shown, and between drawings of the last minutes. */
const LOOK_MS = 3_000;
const DRAW_MS = 12_000;
/** Milliseconds of stillness after which what is typed is looked for. */
const TYPED_MS = 250;

/** What was seen of each stream stays while the page does. */
const activities = new Map();

/** All streams, with what happened in them lately. */
export function Streams() {
  const [list, setList] = useState(undefined);
  const [pages, setPages] = useState(1);
  const [, setDrawn] = useState(0);
  const [error, attempt] = useAttempt();
  const [filter, setFilter] = useState('');
  const wanted = useSettled(filter.trim(), TYPED_MS);
  const inView = useRef(new Set());
  const asked = useRef(undefined);
  asked.current = `${pages} ${wanted}`;
  const look = () =>
    attempt(async () => {
      const mine = asked.current;
      const found = await firstPages('/v1/streams', pages, wanted === '' ? {} : { q: wanted });
      // Somebody may have typed on meanwhile.
      if (mine === asked.current) setList(found);
    });
  usePolling(look, LOOK_MS * pages, [pages, wanted]);
  const draw = async (ids = [...inView.current]) => {
    await Promise.allSettled(ids.map(look15));
    setDrawn(Date.now());
  };
  usePolling(draw, DRAW_MS);
  const onView = useCallback((id, isIn) => {
    inView.current[isIn ? 'add' : 'delete'](id);
    if (isIn && !activities.has(id)) void draw([id]);
  }, []);
  const create = async (event) => {
    event.preventDefault();
    const form = event.target;
    const { name, visibility } = Object.fromEntries(new FormData(form));
    await attempt(async () => {
      const { id } = await call('POST', '/v1/workflows', { name, visibility });
      location.hash = `#/streams/${id}`;
    });
  };
  return html`
    <h1 tabindex="-1">Streams</h1>
    <${Fault} text=${error} />
    <section>
      <div class="bar">
        <label class="grow">Find<input type="search" value=${filter} maxlength="128" onInput=${({ target }) => setFilter(target.value)} placeholder="name, id or type" /></label>
        <span class="soft count" role="status">${list && `${list.entries.length.toLocaleString()} of ${list.total.toLocaleString()}`}</span>
      </div>
      <table class="cards" role="table">
        <thead role="rowgroup">
          <tr role="row">
            ${['Name', 'Type', 'Visibility', 'Kept', 'Listening', `Last ${MINUTES} minutes`].map((name) => html`<th role="columnheader">${name}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${list?.entries.map((stream) => html`<${Row} key=${stream.id} stream=${stream} onView=${onView} />`)}
        </tbody>
      </table>
      ${list?.total === 0 && html`<p class="empty">${wanted === '' ? 'No stream yet: make one below, or deploy a source.' : 'No stream here.'}</p>`}
      <${ShowMore} list=${list} onMore=${() => setPages(pages + 1)} />
    </section>
    <section>
      <h2>New stream</h2>
      <form class="bar" onSubmit=${create}>
        <label class="grow">Name<input name="name" required placeholder="orders" /></label>
        <label>Who may listen<select name="visibility"><option value="public">whoever knows the address</option><option value="private">keys and tickets</option></select></label>
        <button class="main">Create</button>
      </form>
    </section>
  `;
}

function Row({ stream: { id, name, type, visibility, event_count: kept, subscribers }, onView }) {
  const row = useRef(null);
  useEffect(() => {
    const observer = new IntersectionObserver(([{ isIntersecting }]) => onView(id, isIntersecting));
    observer.observe(row.current);
    return () => {
      observer.disconnect();
      onView(id, false);
    };
  }, [id, onView]);
  return html`<tr role="row" ref=${row}>
    <td role="cell" class="title"><a href=${`#/streams/${id}`}>${name}</a></td>
    <td role="cell" data-label="Type">${type}</td>
    <td role="cell" data-label="Visibility"><span class=${`chip ${visibility}`}>${visibility}</span></td>
    <td role="cell" data-label="Kept" class="number">${kept.toLocaleString()}</td>
    <td role="cell" data-label="Listening" class="number">${subscribers ?? '?'}</td>
    <td role="cell" class="drawn"><${Sparkline} activity=${activities.get(id)} /></td>
  </tr>`;
}

/** A value once it has not changed for a while. */
function useSettled(value, afterMs) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return settled;
}

async function look15(id) {
  const activity = activities.get(id) ?? new Activity();
  await activity.update(id);
  activities.set(id, activity);
}
