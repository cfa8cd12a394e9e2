import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { Activity, MINUTES, Sparkline } from './activity.mjs';
import { call } from './api.mjs';
import { useAttempt, usePolling } from './hooks.mjs';
import { Fault } from './parts.mjs';

/** Milliseconds between looks. */
const LOOK_MS = 3_000;
/** Streams whose last minutes are drawn, streams that are listed, and how many looks lie between drawings. */
const DRAWN = 24;
const SHOWN = 200;
const DRAW_MS = 12_000;

/** What was seen of each stream stays while the page does. */
const activities = new Map();

/** All streams, with what happened in them lately. */
export function Streams() {
  const [streams, setStreams] = useState(undefined);
  const [, setDrawn] = useState(0);
  const [error, attempt] = useAttempt();
  const [filter, setFilter] = useState('');
  const look = () => attempt(async () => setStreams((await call('GET', '/v1/streams')).data));
  usePolling(look, LOOK_MS);
  const wanted = filter.toLowerCase();
  const found = (streams ?? []).filter(({ name, id, type }) =>
    `${name} ${id} ${type}`.toLowerCase().includes(wanted),
  );
  const drawn = found.slice(0, DRAWN).map(({ id }) => id);
  const draw = async () => {
    await Promise.allSettled(drawn.map(look15));
    setDrawn(Date.now());
  };
  usePolling(draw, DRAW_MS, [drawn.join()]);
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
        <label class="grow">Find<input type="search" value=${filter} onInput=${({ target }) => setFilter(target.value)} placeholder="name, id or type" /></label>
        <span class="soft count">${streams && `${found.length} of ${streams.length}`}</span>
      </div>
      <table class="cards" role="table">
        <thead role="rowgroup">
          <tr role="row">
            ${['Name', 'Type', 'Visibility', 'Kept', 'Listening', `Last ${MINUTES} minutes`].map((name) => html`<th role="columnheader">${name}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${found.slice(0, SHOWN).map((stream) => html`<${Row} key=${stream.id} stream=${stream} />`)}
        </tbody>
      </table>
      ${streams !== undefined && found.length === 0 && html`<p class="empty">${streams.length === 0 ? 'No stream yet: make one below, or deploy a source.' : 'No stream here.'}</p>`}
      ${found.length > SHOWN && html`<p class="soft">The first ${SHOWN} are shown.</p>`}
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

function Row({ stream: { id, name, type, visibility, event_count: kept, subscribers } }) {
  return html`<tr role="row">
    <td role="cell" class="title"><a href=${`#/streams/${id}`}>${name}</a></td>
    <td role="cell" data-label="Type">${type}</td>
    <td role="cell" data-label="Visibility"><span class=${`chip ${visibility}`}>${visibility}</span></td>
    <td role="cell" data-label="Kept" class="number">${kept.toLocaleString()}</td>
    <td role="cell" data-label="Listening" class="number">${subscribers ?? '?'}</td>
    <td role="cell" class="drawn"><${Sparkline} activity=${activities.get(id)} /></td>
  </tr>`;
}

async function look15(id) {
  const activity = activities.get(id) ?? new Activity();
  await activity.update(id);
  activities.set(id, activity);
}
