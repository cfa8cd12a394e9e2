import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from './api.mjs';

/** Milliseconds between looks. */
const LOOK_MS = 3_000;
/** Streams whose last minutes are drawn, and how many minutes. */
const DRAWN = 12;
const MINUTES = 15;

/** All streams, with what happened in them lately. */
export function Streams() {
  const [streams, setStreams] = useState(undefined);
  const [counts, setCounts] = useState({});
  const [error, setError] = useState('');
  const [filter, setFilter] = useState('');
  const look = () =>
    call('GET', '/v1/streams').then(
      ({ data }) => {
        setStreams(data);
        setError('');
      },
      ({ message }) => setError(message),
    );
  useEffect(() => {
    void look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const drawn = (streams ?? []).slice(0, DRAWN).map(({ id }) => id);
  useEffect(() => {
    const draw = () =>
      Promise.all(drawn.map(async (id) => [id, await perMinute(id)])).then(
        (rows) => setCounts(Object.fromEntries(rows)),
        () => {},
      );
    void draw();
    const timer = setInterval(draw, 10 * LOOK_MS);
    return () => clearInterval(timer);
  }, [drawn.join()]);
  const create = async (event) => {
    event.preventDefault();
    const form = event.target;
    const { name, visibility } = Object.fromEntries(new FormData(form));
    await call('POST', '/v1/workflows', { name, visibility }).then(
      () => {
        form.reset();
        return look();
      },
      ({ message }) => setError(message),
    );
  };
  const shown = (streams ?? []).filter(({ name, id }) => `${name} ${id}`.includes(filter));
  return html`
    <h1>Streams</h1>
    <p class="bad" role="alert">${error}</p>
    <section>
      <div class="bar">
        <label>Find<input value=${filter} onInput=${({ target }) => setFilter(target.value)} /></label>
      </div>
      <div class="scroll" tabindex="0" role="region" aria-label="Streams">
        <table>
          <thead>
            <tr><th>Name</th><th>Type</th><th>Visibility</th><th>Kept</th><th>Subscribers</th><th>Last ${MINUTES} minutes</th></tr>
          </thead>
          <tbody>
            ${shown.map(
              (stream) => html`<tr key=${stream.id}>
                <td><a href=${`#/streams/${stream.id}`}>${stream.name}</a></td>
                <td>${stream.type}</td>
                <td><span class="chip">${stream.visibility}</span></td>
                <td class="number">${stream.event_count}</td>
                <td class="number">${stream.subscribers ?? '?'}</td>
                <td><${Sparkline} counts=${counts[stream.id]} /></td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${streams !== undefined && shown.length === 0 && html`<p class="soft">No stream here.</p>`}
    </section>
    <section>
      <h2>New workflow stream</h2>
      <form class="bar" onSubmit=${create}>
        <label>Name<input name="name" required /></label>
        <label>Visibility<select name="visibility"><option>public</option><option>private</option></select></label>
        <button class="main">Create</button>
      </form>
    </section>
  `;
}

/** Events in each of the last minutes, the newest last, among those that are kept. */
async function perMinute(id) {
  const { data } = await call('GET', `/v1/streams/${id}/events?limit=100`);
  const counts = Array.from({ length: MINUTES }, () => 0);
  for (const { ts } of data) {
    const minute = MINUTES - 1 - Math.floor((Date.now() - new Date(ts).getTime()) / 60_000);
    if (minute >= 0 && minute < MINUTES) counts[minute] += 1;
  }
  return counts;
}

function Sparkline({ counts }) {
  if (counts === undefined) return null;
  const most = Math.max(1, ...counts);
  const points = counts.map((count, n) => `${(n * 110) / (MINUTES - 1)},${22 - (count / most) * 20}`);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return html`<svg class="spark" viewBox="0 0 110 24" role="img" aria-label=${`${total} events`}>
    <polyline points=${points.join(' ')} />
  </svg>`;
}
