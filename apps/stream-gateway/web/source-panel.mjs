import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { subscribe } from '../../../libs/sdk/src/page/client.ts';
import { call, send } from './api.mjs';
import { useAttempt, usePolling } from './hooks.mjs';
import { Copyable, Dot, Fault, time } from './parts.mjs';
import { fieldsIn, SourceFields } from './source-fields.mjs';

const LOOK_MS = 5_000;
const KEPT_LINES = 100;

/** The source of a stream: where it listens, how it does, what it says, its settings. */
export function SourcePanel({ id }) {
  const [source, setSource] = useState(undefined);
  const [error, attempt] = useAttempt();
  const [said, setSaid] = useState('');
  const look = () => attempt(async () => setSource(await call('GET', `/v1/sources/${id}`)));
  usePolling(look, LOOK_MS, [id]);
  if (source === undefined) return html`<${Fault} text=${error} />`;
  const change = (body) =>
    attempt(async () => {
      await call('PUT', `/v1/sources/${id}`, body);
      await look();
    });
  const save = async (event) => {
    event.preventDefault();
    const form = event.target;
    setSaid('');
    const isDone = await attempt(async () => {
      await call('PUT', `/v1/sources/${id}`, fieldsIn(form, source.type, source));
      await look();
    });
    if (isDone) setSaid('Saved');
  };
  return html`
    <div class="bar">
      <${SourceState} source=${source} />
      <button onClick=${() => change({ active: !source.active })}>${source.active ? 'Deactivate' : 'Activate'}</button>
    </div>
    ${source.endpoint && html`<p><${Copyable} text=${source.endpoint} what="the endpoint" /></p>`}
    ${source.last_error && html`<p class="bad">${new Date(source.last_error.at).toLocaleString()}: ${source.last_error.message}</p>`}
    <${Fault} text=${error} />
    <form onSubmit=${save} key=${source.updated_at}>
      <${SourceFields} type=${source.type} source=${source} />
      <div class="bar"><button class="main">Save</button><span class="good" role="status">${said}</span></div>
    </form>
    <h3>What it says</h3>
    <${SourceLog} id=${id} />
  `;
}

export function SourceState({ source: { active, damaged, last_error: failure } }) {
  if (damaged) return html`<${Dot} kind="bad">damaged<//>`;
  if (!active) return html`<${Dot} kind="off">inactive<//>`;
  return failure ? html`<${Dot} kind="bad">failing<//>` : html`<${Dot} kind="good">active<//>`;
}

function SourceLog({ id }) {
  const [lines, setLines] = useState([]);
  useEffect(() => {
    const log = subscribe(`/sources/${id}/logs/sse`, {
      share: false,
      fetch: send,
      onEvent: ({ payload }) => setLines((all) => [payload, ...all.slice(0, KEPT_LINES - 1)]),
    });
    return () => log.close();
  }, [id]);
  if (lines.length === 0) return html`<p class="soft">Nothing since this page was opened.</p>`;
  return html`<ol class="log" tabindex="0" aria-label="Log of the source, newest first">
    ${lines.map(({ ts, level, message }) => html`<li class=${level === 'error' ? 'bad' : ''}><time>${time(ts)}</time> ${level} ${message}</li>`)}
  </ol>`;
}
