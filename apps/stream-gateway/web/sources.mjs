import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from './api.mjs';

/** The setting that a new source needs besides its type. */
const NEEDS = { http: undefined, timer: 'interval_seconds', rss: 'url', nats: 'subject' };

/** All sources, with where they listen and what went wrong last. */
export function Sources() {
  const [sources, setSources] = useState([]);
  const [type, setType] = useState('http');
  const [error, setError] = useState('');
  const attempt = (promise) =>
    promise.then(
      () => setError(''),
      ({ message }) => setError(message),
    );
  const look = () => attempt(call('GET', '/v1/sources').then(({ data }) => setSources(data)));
  useEffect(() => void look(), []);
  const change = (method, id, body) => attempt(call(method, `/v1/sources/${id}`, body).then(look));
  const deploy = (event) => {
    event.preventDefault();
    const form = event.target;
    const { name, setting } = Object.fromEntries(new FormData(form));
    const value = type === 'timer' ? Number(setting) : setting;
    const more = NEEDS[type] === undefined ? {} : { [NEEDS[type]]: value };
    const body = { type, ...(name === '' ? {} : { name }), ...more };
    attempt(
      call('POST', '/v1/sources', body)
        .then(look)
        .then(() => form.reset()),
    );
  };
  const remove = ({ id, name }) => {
    if (confirm(`Delete ${name} with all its events?`)) change('DELETE', id);
  };
  return html`
    <h1>Sources</h1>
    <p class="bad" role="alert">${error}</p>
    <section>
      <div class="scroll" tabindex="0" role="region" aria-label="Sources">
        <table>
          <thead><tr><th>Name</th><th>Type</th><th>State</th><th>Endpoint</th><th>Last error</th><th>Actions</th></tr></thead>
          <tbody>
            ${sources.map(
              (source) => html`<tr key=${source.id}>
                <td><a href=${`#/streams/${source.id}`}>${source.name}</a></td>
                <td>${source.type}</td>
                <td class=${source.active ? 'good' : 'soft'}>${source.active ? 'active' : 'inactive'}</td>
                <td><code>${source.endpoint ?? ''}</code></td>
                <td class="bad">${source.last_error?.message ?? ''}</td>
                <td class="bar">
                  <button onClick=${() => change('PUT', source.id, { active: !source.active })}>
                    ${source.active ? 'Deactivate' : 'Activate'}
                  </button>
                  <button class="danger" onClick=${() => remove(source)}>Delete</button>
                </td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${sources.length === 0 && html`<p class="soft">No source yet.</p>`}
    </section>
    <section>
      <h2>Deploy a source</h2>
      <form class="bar" onSubmit=${deploy}>
        <label>Type<select value=${type} onChange=${({ target }) => setType(target.value)}>
          ${Object.keys(NEEDS).map((name) => html`<option>${name}</option>`)}
        </select></label>
        <label>Name<input name="name" /></label>
        ${NEEDS[type] && html`<label>${NEEDS[type]}<input name="setting" required /></label>`}
        <button class="main">Deploy</button>
      </form>
    </section>
  `;
}
