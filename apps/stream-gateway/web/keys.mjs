import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { call } from './api.mjs';
import { useAttempt, usePolling } from './hooks.mjs';
import { Copy, Fault } from './parts.mjs';

const SCOPES = [
  ['subscribe', 'listen to private streams'],
  ['publish', 'send events'],
  ['manage', 'change streams, sources and keys'],
];
const LOOK_MS = 10_000;

/** API keys: made, shown once, revoked. */
export function Keys() {
  const [keys, setKeys] = useState([]);
  const [made, setMade] = useState(undefined);
  const [error, attempt] = useAttempt();
  const list = async () => setKeys((await call('GET', '/v1/keys')).data);
  usePolling(() => attempt(list), LOOK_MS);
  const create = (event) => {
    event.preventDefault();
    const form = event.target;
    return attempt(async () => {
      setMade(await call('POST', '/v1/keys', await keyIn(new FormData(form))));
      form.reset();
      await list();
    });
  };
  const rotate = ({ id, name }) =>
    confirm(`Give ${name} another secret? The one it has stops at once.`) &&
    attempt(async () => {
      setMade(await call('POST', `/v1/keys/${id}/rotate`));
      await list();
    });
  const revoke = ({ id, name }) =>
    confirm(`Revoke ${name}? Its connections end at once.`) &&
    attempt(async () => {
      await call('DELETE', `/v1/keys/${id}`);
      await list();
    });
  return html`
    <h1 tabindex="-1">Keys</h1>
    <${Fault} text=${error} />
    <div role="status">${made && html`<${NewKey} made=${made} onDone=${() => setMade(undefined)} />`}</div>
    <section>
      <table class="cards" role="table">
        <thead role="rowgroup">
          <tr role="row">${['Name', 'Id', 'May', 'Streams', 'Expires', 'Actions'].map((name) => html`<th role="columnheader">${name}</th>`)}</tr>
        </thead>
        <tbody role="rowgroup">
          ${keys.map(
            (key) => html`<tr role="row" key=${key.id}>
              <td role="cell" class="title">${key.name}${key.root && html` <span class="chip">root</span>`}</td>
              <td role="cell" data-label="Id"><code>${key.id}</code></td>
              <td role="cell" data-label="May">${key.scopes.join(', ')}</td>
              <td role="cell" data-label="Streams">${key.streams.includes('*') ? 'all' : key.streams.map((id) => html`<a class="id" href=${`#/streams/${id}`}>${id}</a> `)}</td>
              <td role="cell" data-label="Expires">${key.expires_at === null ? 'never' : new Date(key.expires_at).toLocaleString()}</td>
              <td role="cell" class="bar">
                <button class="small" onClick=${() => rotate(key)}>Rotate</button>
                <button class="small danger" onClick=${() => revoke(key)}>Revoke</button>
              </td>
            </tr>`,
          )}
        </tbody>
      </table>
    </section>
    <section>
      <h2>New key</h2>
      <form onSubmit=${create}>
        <div class="fields">
          <label>Name<input name="name" required placeholder="website" /></label>
          <label>Streams, by id or name<input name="streams" placeholder="all" /></label>
          <label>Expires<input name="expires" type="datetime-local" /></label>
        </div>
        <fieldset>
          <legend>It may</legend>
          ${SCOPES.map(([scope, means]) => html`<label class="check"><input type="checkbox" name="scopes" value=${scope} /> <span><b>${scope}</b> ${means}</span></label>`)}
        </fieldset>
        <button class="main">Create</button>
      </form>
    </section>
  `;
}

function NewKey({ made, onDone }) {
  return html`<section class="made">
    <h2>The key ${made.name}, shown only now</h2>
    <div class="snippet"><pre>${made.key}</pre><${Copy} text=${made.key} what="the key" /></div>
    <button onClick=${onDone}>I have it</button>
  </section>`;
}

/** The request for a key, from what was filled in. */
async function keyIn(fields) {
  const named = fields
    .get('streams')
    .split(/[\s,]+/)
    .filter(Boolean);
  const streams = await Promise.all(named.map(idOf));
  const expires = fields.get('expires');
  return {
    name: fields.get('name'),
    scopes: fields.getAll('scopes'),
    streams: streams.length > 0 ? streams : ['*'],
    ...(expires === '' ? {} : { expires_at: new Date(expires).toISOString() }),
  };
}

/** A key has ids of streams, so that it is none for another stream that gets the name later. */
async function idOf(idOrName) {
  return (await call('GET', `/v1/streams/${encodeURIComponent(idOrName)}`)).id;
}
