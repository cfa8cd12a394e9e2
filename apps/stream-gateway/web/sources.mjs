import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { call } from './api.mjs';
import { useAttempt, usePolling } from './hooks.mjs';
import { Copy, Fault } from './parts.mjs';
import { fieldsIn, SOURCE_TYPES, SourceFields } from './source-fields.mjs';
import { SourceState } from './source-panel.mjs';

const LOOK_MS = 5_000;
/** Sources whose last error is asked for. */
const LOOKED_AT = 50;

/** All sources, with where they listen and what went wrong last. */
export function Sources() {
  const [sources, setSources] = useState(undefined);
  const [type, setType] = useState('http');
  const [error, attempt] = useAttempt();
  const look = () => attempt(async () => setSources(await listSources()));
  usePolling(look, LOOK_MS);
  const change = (method, id, body) =>
    attempt(async () => {
      await call(method, `/v1/sources/${id}`, body);
      setSources(await listSources());
    });
  const deploy = (event) => {
    event.preventDefault();
    const form = event.target;
    const name = new FormData(form).get('name');
    return attempt(async () => {
      await call('POST', '/v1/sources', { type, ...(name === '' ? {} : { name }), ...fieldsIn(form, type) });
      form.reset();
      setSources(await listSources());
    });
  };
  const remove = ({ id, name }) => {
    if (confirm(`Delete ${name} with all its events?`)) void change('DELETE', id);
  };
  return html`
    <h1 tabindex="-1">Sources</h1>
    <${Fault} text=${error} />
    <section>
      <table class="cards" role="table">
        <thead role="rowgroup">
          <tr role="row">${['Name', 'Type', 'State', 'What it listens to', 'Actions'].map((name) => html`<th role="columnheader">${name}</th>`)}</tr>
        </thead>
        <tbody role="rowgroup">
          ${(sources ?? []).map(
            (source) => html`<tr role="row" key=${source.id}>
              <td role="cell" class="title"><a href=${`#/streams/${source.id}/source`}>${source.name}</a></td>
              <td role="cell" data-label="Type">${source.type}</td>
              <td role="cell" data-label="State"><${SourceState} source=${source} /></td>
              <td role="cell" data-label="What it listens to"><${Origin} source=${source} /></td>
              <td role="cell" class="bar">
                <button class="small" onClick=${() => change('PUT', source.id, { active: !source.active })}>${source.active ? 'Deactivate' : 'Activate'}</button>
                <button class="small danger" onClick=${() => remove(source)}>Delete</button>
              </td>
            </tr>`,
          )}
        </tbody>
      </table>
      ${sources?.length === 0 && html`<p class="empty">No source yet. A source makes events by itself: from webhooks, on a clock, from feeds, from NATS.</p>`}
    </section>
    <section>
      <h2>Deploy a source</h2>
      <form onSubmit=${deploy}>
        <div class="fields">
          <label>Type<select value=${type} onChange=${({ target }) => setType(target.value)}>
            ${SOURCE_TYPES.map((name) => html`<option value=${name}>${name}</option>`)}
          </select></label>
          <label>Name<input name="name" placeholder=${type} /></label>
        </div>
        <${SourceFields} key=${type} type=${type} />
        <button class="main">Deploy</button>
      </form>
    </section>
  `;
}

/** Where events come from, and what went wrong there. */
function Origin({ source }) {
  const { endpoint, url, subject, cron, timezone, interval_seconds: seconds, last_error: failure } = source;
  const text =
    endpoint ?? url ?? subject ?? (cron ? `${cron} (${timezone})` : seconds && `every ${seconds} s`);
  return html`<span class="copyable"><code title=${text}>${text}</code>${endpoint && html`<${Copy} text=${endpoint} what=${`the endpoint of ${source.name}`} />`}</span>
    ${failure && html`<p class="bad">${failure.message}</p>`}`;
}

/** Only a source's own page in the API has its last error. */
async function listSources() {
  const { data } = await call('GET', '/v1/sources');
  const full = data
    .slice(0, LOOKED_AT)
    .map((source) => call('GET', `/v1/sources/${source.id}`).catch(() => source));
  return [...(await Promise.all(full)), ...data.slice(LOOKED_AT)];
}
