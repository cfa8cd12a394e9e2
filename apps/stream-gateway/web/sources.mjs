import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { call } from './api.mjs';
import { useAttempt, usePolling } from './hooks.mjs';
import { firstPages, pageCount, ShowMore } from './pages.mjs';
import { Copy, Fault } from './parts.mjs';
import { fieldsIn, SOURCE_TYPES, SourceFields } from './source-fields.mjs';
import { SourceState } from './source-panel.mjs';

/** Milliseconds between looks, for each page that is shown. */
const LOOK_MS = 5_000;

/** All sources, with where they listen and what went wrong last. */
export function Sources() {
  const [list, setList] = useState(undefined);
  const [pages, setPages] = useState(1);
  const [type, setType] = useState('http');
  const [error, attempt] = useAttempt();
  const load = async () => setList(await firstPages('/v1/sources', pages, { expand: 'last_error' }));
  usePolling(() => attempt(load), LOOK_MS * pages, [pages]);
  const change = (method, id, body) =>
    attempt(async () => {
      await call(method, `/v1/sources/${id}`, body);
      await load();
    });
  const deploy = (event) => {
    event.preventDefault();
    const form = event.target;
    const name = new FormData(form).get('name');
    return attempt(async () => {
      await call('POST', '/v1/sources', { type, ...(name === '' ? {} : { name }), ...fieldsIn(form, type) });
      form.reset();
      await load();
      // The newest is the last, and whoever has made it wants to see it.
      setPages((shown) => Math.max(shown, pageCount((list?.total ?? 0) + 1)));
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
          ${list?.entries.map(
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
      <${ShowMore} list=${list} onMore=${() => setPages(pages + 1)} />
      ${list?.total === 0 && html`<p class="empty">No source yet. A source makes events by itself: from webhooks, on a clock, from feeds, from NATS.</p>`}
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
