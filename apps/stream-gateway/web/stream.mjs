import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { call, ssePath } from './api.mjs';
import { History } from './history.mjs';
import { useAttempt, usePolling } from './hooks.mjs';
import { Listen } from './listen.mjs';
import { FeedState, Live, useFeed } from './live.mjs';
import { Copyable, Fault, Tabs } from './parts.mjs';
import { Publish } from './publish.mjs';
import { SourcePanel } from './source-panel.mjs';
import { StreamSettings } from './stream-settings.mjs';
import { Tester } from './tester.mjs';
import { Wire } from './wire.mjs';

/** Milliseconds between looks at the counts. */
const LOOK_MS = 3_000;
const MAX_REPLAY = 100;

/** One stream. @param part which part of its page is shown */
export function Stream({ id, part = 'live' }) {
  const [stream, setStream] = useState(undefined);
  const [error, attempt, isUnreached] = useAttempt();
  usePolling(() => attempt(async () => setStream(await call('GET', `/v1/streams/${id}`))), LOOK_MS, [id]);
  return html`
    <p class="path"><a href="#/">Streams</a> <span aria-hidden="true">/</span></p>
    <h1 tabindex="-1">${stream?.name ?? id}</h1>
    <${Fault} text=${error} />
    ${stream && html`<${Page} stream=${stream} part=${part} isReached=${!isUnreached} onChange=${setStream} />`}
  `;
}

function Page({ stream, part, isReached, onChange }) {
  const [replay, setReplay] = useState(MAX_REPLAY);
  const feed = useFeed(stream, replay);
  const at = (name) => `#/streams/${stream.id}${name === 'live' ? '' : `/${name}`}`;
  const tabs = [
    ['live', 'Live'],
    ['wire', 'Wire'],
    ['history', 'History'],
    ['test', 'Connection test'],
    ...(stream.kind === 'source' ? [['source', 'Source']] : []),
    ['settings', 'Settings'],
  ];
  const channel = feed?.rows.find(({ event }) => event?.channel)?.event.channel;
  return html`
    <div class="facts">
      <span class="chip">${stream.type}</span>
      <span class="chip">${stream.visibility}</span>
      <span><b>${stream.event_count.toLocaleString()}</b> kept</span>
      <span><b>${stream.subscribers ?? '?'}</b> listening</span>
      <${FeedState} feed=${feed} isReached=${isReached} />
      <${Copyable} text=${location.origin + ssePath(stream)} what="the address" />
    </div>
    <div class="columns">
      <div>
        <${Tabs} label="Parts of this stream" current=${at(part)} tabs=${tabs.map(([name, text]) => [at(name), text])} />
        <section class="under-tabs">
          ${part === 'live' && html`<${Live} key=${replay} feed=${feed} replay=${replay} onReplay=${setReplay} />`}
          ${part === 'wire' && html`<${Wire} stream=${stream} replay=${replay} />`}
          ${part === 'history' && html`<${History} stream=${stream} />`}
          ${part === 'test' && html`<${Tester} stream=${stream} feed=${feed} />`}
          ${part === 'source' && html`<${SourcePanel} id=${stream.id} />`}
          ${part === 'settings' && html`<${StreamSettings} stream=${stream} onChange=${onChange} />`}
        </section>
      </div>
      <div><${Publish} stream=${stream} /><${Listen} stream=${stream} channel=${channel} /></div>
    </div>
  `;
}
