import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from './api.mjs';

const SCOPES = ['subscribe', 'publish', 'manage'];

/** API keys: made, shown once, revoked. */
export function Keys() {
  const [keys, setKeys] = useState([]);
  const [made, setMade] = useState(undefined);
  const [error, setError] = useState('');
  const attempt = (promise) =>
    promise.then(
      () => setError(''),
      ({ message }) => setError(message),
    );
  const look = () => attempt(call('GET', '/v1/keys').then(({ data }) => setKeys(data)));
  useEffect(() => void look(), []);
  const create = (event) => {
    event.preventDefault();
    const form = event.target;
    const fields = new FormData(form);
    const streams = fields
      .get('streams')
      .split(/[\s,]+/)
      .filter(Boolean);
    const body = {
      name: fields.get('name'),
      scopes: fields.getAll('scopes'),
      streams: streams.length > 0 ? streams : ['*'],
    };
    attempt(
      call('POST', '/v1/keys', body).then((key) => {
        setMade(key);
        form.reset();
        return look();
      }),
    );
  };
  const revoke = ({ id, name }) => {
    if (confirm(`Revoke ${name}? Its connections end at once.`))
      attempt(call('DELETE', `/v1/keys/${id}`).then(look));
  };
  return html`
    <h1>Keys</h1>
    <p class="bad" role="alert">${error}</p>
    ${
      made &&
      html`<section role="status">
        <h2>The key ${made.name}, shown only now</h2>
        <pre>${made.key}</pre>
        <button onClick=${() => setMade(undefined)}>I have it</button>
      </section>`
    }
    <section>
      <div class="scroll" tabindex="0" role="region" aria-label="Keys">
        <table>
          <thead><tr><th>Name</th><th>Id</th><th>Scopes</th><th>Streams</th><th>Expires</th><th>Actions</th></tr></thead>
          <tbody>
            ${keys.map(
              (key) => html`<tr key=${key.id}>
                <td>${key.name}</td>
                <td><code>${key.id}</code></td>
                <td>${key.scopes.join(', ')}</td>
                <td>${key.streams.join(', ')}</td>
                <td>${key.expires_at ?? 'never'}</td>
                <td><button class="danger" onClick=${() => revoke(key)}>Revoke</button></td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>
    <section>
      <h2>New key</h2>
      <form class="bar" onSubmit=${create}>
        <label>Name<input name="name" required /></label>
        <label>Scopes<select name="scopes" multiple required size="3">${SCOPES.map((scope) => html`<option>${scope}</option>`)}</select></label>
        <label>Streams, or all<input name="streams" /></label>
        <button class="main">Create</button>
      </form>
    </section>
  `;
}
