import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { call } from './api.mjs';
import { Fault } from './parts.mjs';

/** Seconds for which the network may be away. */
const OUTAGES = [0, 2, 10, 30];
/** Milliseconds between looks at the connection, and after it is back until what was missed is compared. */
const LOOK_MS = 100;
const SETTLE_MS = 1_500;

/** Breaks the live connection, waits until it is back, and compares what came with what is stored. */
export function Tester({ stream, feed }) {
  const [outage, setOutage] = useState(2);
  const [runs, setRuns] = useState([]);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const stop = useStop();
  const test = async () => {
    setBusy(true);
    setError('');
    try {
      const run = await dropAndResume(stream, feed, outage * 1_000, stop);
      if (run !== undefined) setRuns((all) => [run, ...all]);
    } catch ({ message }) {
      setError(message);
    }
    setBusy(false);
  };
  return html`
    <p class="soft">
      Breaks the live connection as a network would, keeps it down, lets the client come back, and then compares every event
      that was stored meanwhile with what arrived. Publish while it is down, to see them caught up.
    </p>
    <div class="bar">
      <label>Seconds without network<select value=${outage} onChange=${({ target }) => setOutage(Number(target.value))}>
        ${OUTAGES.map((seconds) => html`<option value=${seconds}>${seconds}</option>`)}
      </select></label>
      <button class="main" disabled=${isBusy || feed?.state !== 'open'} onClick=${test}>${isBusy ? 'Down …' : 'Drop and resume'}</button>
    </div>
    <${Fault} text=${error} />
    <ol class="runs" aria-live="polite">
      ${runs.map((run) => html`<${Run} key=${run.at} ...${run} />`)}
    </ol>
  `;
}

function Run({ at, tookMs, attempts, stored, missing, repeated }) {
  const isWhole = missing === 0 && repeated === 0;
  const verdict = isWhole
    ? `All ${stored} events stored meanwhile arrived, each once.`
    : `Of ${stored} events, ${missing} are missing and ${repeated} came more than once.`;
  return html`<li class=${isWhole ? 'good' : 'bad'}>
    <strong>${verdict}</strong>
    <span class="soft">${new Date(at).toLocaleTimeString()} · back after ${(tookMs / 1_000).toFixed(1)} s, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}</span>
  </li>`;
}

/** A signal that is given when the part leaves the page. */
function useStop() {
  const [control] = useState(() => new AbortController());
  useEffect(() => () => control.abort(), []);
  return control.signal;
}

/** @returns undefined when the page was left meanwhile */
async function dropAndResume(stream, feed, offlineMs, signal) {
  const { cursor, attempts } = feed;
  const at = Date.now();
  feed.drop(offlineMs);
  while (!signal.aborted && (feed.attempts === attempts || !['open', 'closed'].includes(feed.state))) {
    await pause(LOOK_MS);
  }
  const tookMs = Date.now() - at;
  const after = cursor === undefined ? '' : `&after=${encodeURIComponent(cursor)}`;
  const { data } = await call('GET', `/v1/streams/${stream.id}/events?limit=100${after}`);
  await pause(SETTLE_MS);
  if (signal.aborted) return undefined;
  const came = feed.rows.flatMap(({ event }) => (event === undefined ? [] : [event.id]));
  const times = data.map(({ id }) => came.filter((other) => other === id).length);
  return {
    at,
    tookMs,
    attempts: feed.attempts - attempts,
    stored: data.length,
    missing: times.filter((count) => count === 0).length,
    repeated: times.filter((count) => count > 1).length,
  };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
