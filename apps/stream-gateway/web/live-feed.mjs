import { subscribe } from '../../../libs/sdk/src/page/client.ts';
import { send } from './api.mjs';

/** Rows that are kept in the page, and characters of JSON in them. */
const KEPT = 300;
const KEPT_SIZE = 8_000_000;
/** Milliseconds between drawings: a flood is drawn in one. */
const DRAW_MS = 100;
/** Milliseconds without a byte after which the connection counts as dead: there is a heartbeat every 15 s. */
const SILENCE_MS = 20_000;

/**
 * What comes over one stream, newest first: events, and what happens to the connection, in the order in which they
 * came. It listens as the pages of users do, over `/v1/sse` with envelopes, since those say when an event was stored.
 *
 * Whoever makes one closes it.
 */
export class LiveFeed {
  /** `{ key, at, event, delayMs? }` for an event, with its JSON as `text`; `{ key, at, note, kind }` for what happened. */
  rows = [];
  /** Events that came, also those that are no longer among the rows. */
  came = 0;
  state = 'connecting';
  /** The newest event's cursor, once there is one. */
  cursor = undefined;
  /** Connections that were begun. */
  attempts = 0;
  /** When the next one begins, while it is waited for, as Date has it. */
  nextAt = 0;
  /** What ended it for good. */
  error = undefined;
  #serial = 0;
  #size = 0;
  #hasBeenCut = false;
  #openedAt = Number.POSITIVE_INFINITY;
  #upAt = 0;
  #connection = undefined;
  #drawing = undefined;
  #draw;
  #replay;
  #live;

  /** @param draw called when something has changed, at most ten times a second */
  constructor(stream, replay, draw) {
    this.#draw = draw;
    this.#replay = replay;
    this.#live = subscribe(`/v1/sse?stream=${stream.id}&envelope=1`, {
      share: false,
      replay,
      silenceMs: SILENCE_MS,
      fetch: (address, options) => this.#open(address, options),
      onEvent: ({ payload }) => this.#arrive(payload),
      onGap: ({ requested }) => this.#note('gap', `Gap: events after ${requested} are gone from history`),
      onState: (now) => this.#enter(now),
    });
  }

  /** Breaks the connection as a network would, and lets no other begin for a while. The client goes on where it was. */
  drop(offlineMs) {
    this.#upAt = performance.now() + offlineMs;
    this.#connection?.abort();
  }

  close() {
    this.#live.close();
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    this.#draw = () => {};
  }

  async #open(address, options) {
    this.attempts += 1;
    if (performance.now() < this.#upAt) throw new TypeError('no network');
    const control = new AbortController();
    this.#connection = control;
    options.signal.addEventListener('abort', () => control.abort());
    return send(address, { ...options, signal: control.signal });
  }

  #arrive({ id, channel, ts, payload }) {
    this.cursor = id;
    this.came += 1;
    const at = Date.now();
    // What is older than the connection is replay: how long it was under way says nothing.
    const delayMs = ts >= this.#openedAt ? at - ts : undefined;
    this.#push({ at: ts, event: { id, channel, text: JSON.stringify(payload) }, delayMs });
  }

  #enter({ state, error, delayMs }) {
    const before = this.state;
    this.state = state;
    if (state === 'open') {
      this.#openedAt = Date.now();
      if (this.#hasBeenCut) this.#note(...this.#resumed());
    }
    if (state === 'waiting') {
      this.#hasBeenCut = true;
      this.nextAt = Date.now() + delayMs;
      const why =
        error === undefined
          ? 'The service ended the connection in order'
          : `Cut: ${error.message.replace(/\.$/, '')}`;
      this.#lost(error === undefined ? 'soft' : 'cut', why, delayMs);
    }
    if (state === 'closed' && error !== undefined) {
      this.error = error;
      this.#note('cut', `Closed for good: ${error.message}`);
    }
    if (before !== state) this.#changed();
  }

  #resumed() {
    if (this.cursor !== undefined || this.#replay > 0)
      return ['good', 'Connected again: goes on after the last event'];
    return [
      'gap',
      'Connected again. What was published meanwhile is not shown: no event had come before, to go on after',
    ];
  }

  /** One row for a failure that goes on: hours of it would push out all events. */
  #lost(kind, why, delayMs) {
    const [newest, ...rows] = this.rows;
    const isSame = newest?.why === why;
    const times = isSame ? newest.times + 1 : 1;
    if (isSame) this.rows = rows;
    const tries = times > 1 ? ` (${times} times)` : '';
    this.#push({
      at: isSame ? newest.at : Date.now(),
      note: `${why}${tries}. Next try in ${(delayMs / 1_000).toFixed(1)} s`,
      kind,
      why,
      times,
    });
  }

  #note(kind, note) {
    this.#push({ at: Date.now(), note, kind });
  }

  #push(row) {
    this.#serial += 1;
    const rows = [{ ...row, key: this.#serial }, ...this.rows];
    this.#size += sizeOf(row);
    while (rows.length > KEPT || (this.#size > KEPT_SIZE && rows.length > 1))
      this.#size -= sizeOf(rows.pop());
    this.rows = rows;
    this.#changed();
  }

  #changed() {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#draw();
    }, DRAW_MS);
  }
}

function sizeOf({ event }) {
  return event?.text.length ?? 0;
}
