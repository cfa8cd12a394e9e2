import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { call } from './api.mjs';

/** Sends an event to the stream. It stays as it is afterwards, to be sent again. */
export function Publish({ stream }) {
  const [outcome, setOutcome] = useState(undefined);
  const publish = async (event) => {
    event.preventDefault();
    const { channel, payload } = Object.fromEntries(new FormData(event.target));
    try {
      const body = { ...(channel === '' ? {} : { channel }), payload: JSON.parse(payload) };
      const begun = performance.now();
      const { events } = await call('POST', `/v1/streams/${stream.id}/events`, body);
      const tookMs = Math.round(performance.now() - begun);
      setOutcome({ good: true, text: `Stored in ${tookMs} ms as ${events[0].id}` });
    } catch (error) {
      setOutcome({ good: false, text: error.message });
    }
  };
  return html`<section>
    <h2>Publish</h2>
    <form onSubmit=${publish}>
      <label>Channel<input name="channel" required=${stream.kind === 'workflow'} placeholder=${stream.kind === 'workflow' ? 'prices' : 'none'} /></label>
      <label>Payload, as JSON<textarea name="payload" class="code" rows="3" required spellcheck="false">{"hello":"world"}</textarea></label>
      <button class="main">Publish</button>
      <p role="status" class=${outcome?.good ? 'good' : 'bad'}>${outcome?.text}</p>
    </form>
  </section>`;
}
