import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { call } from './api.mjs';
import { useAttempt } from './hooks.mjs';
import { Fault } from './parts.mjs';

/** Who may read a stream, what it keeps, its name, and its end. */
export function StreamSettings({ stream, onChange }) {
  const [error, attempt] = useAttempt();
  const [said, setSaid] = useState('');
  const own = `/v1/${stream.kind === 'source' ? 'sources' : 'workflows'}/${stream.id}`;
  const save = async (event) => {
    event.preventDefault();
    const { name, visibility, maxEvents, maxAge } = Object.fromEntries(new FormData(event.target));
    setSaid('');
    const isDone = await attempt(async () => {
      if (name !== stream.name) await call('PUT', own, { name });
      const history = { max_events: Number(maxEvents), max_age_s: maxAge === '' ? null : Number(maxAge) };
      onChange(await call('PUT', `/v1/streams/${stream.id}`, { visibility, history }));
    });
    if (isDone) setSaid('Saved');
  };
  const clear = () =>
    confirm(`Delete all events of ${stream.name}? Subscribers stay connected.`) &&
    attempt(async () => {
      await call('DELETE', `/v1/streams/${stream.id}/events`);
      onChange(await call('GET', `/v1/streams/${stream.id}`));
    });
  const remove = () =>
    confirm(`Delete ${stream.name} with all its events? Its subscribers are told, and let go.`) &&
    attempt(async () => {
      await call('DELETE', own);
      location.hash = '#/';
    });
  return html`
    <form onSubmit=${save} key=${stream.updated_at}>
      <div class="fields">
        <label>Name<input name="name" required defaultValue=${stream.name} /></label>
        <label>Who may listen<select name="visibility" defaultValue=${stream.visibility}>
          <option value="public" selected=${stream.visibility === 'public'}>public: whoever knows the address</option>
          <option value="private" selected=${stream.visibility === 'private'}>private: keys and tickets</option>
        </select></label>
        <label>Events kept<input name="maxEvents" type="number" min="1" max="10000" required defaultValue=${stream.history.max_events} /></label>
        <label>Seconds kept<input name="maxAge" type="number" min="1" max="31536000" placeholder="no limit" defaultValue=${stream.history.max_age_s ?? ''} /></label>
      </div>
      <div class="bar">
        <button class="main">Save</button>
        <span class="good" role="status">${said}</span>
      </div>
    </form>
    <${Fault} text=${error} />
    <div class="bar end">
      <button class="danger" onClick=${clear}>Delete all events</button>
      <button class="danger" onClick=${remove}>Delete the ${stream.kind}</button>
    </div>
  `;
}
