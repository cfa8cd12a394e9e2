import { subscribe } from '../../../libs/sdk/src/page/client.ts';
import { send } from './api.mjs';

/** Rows that are kept in the page. */
const KEPT = 300;
/** Milliseconds between drawings: a flood is drawn in one. */
const DRAW_MS = 100;

/**
 * What comes over one stream, newest first: events, and what happens to the connection, in the order in which they
 * came. It listens as the pages of users do, over `/v1/sse` with envelopes, since those say when an event was stored.
 *
 * Whoever makes one closes it.
 */
export class LiveFeed {
  /** `{ key, at, event, delayMs? }` for an event, `{ key, at, note, kind }` for what happened. */
  rows = [];
  state = 'connecting';
  /** The newest event's cursor, once there is one. */
  cursor = undefined;
  /** Connections that were begun. */
  attempts = 0;
  #serial = 0;
  #openedAt = Number.POSITIVE_INFINITY;
  #upAt = 0;
  #connection = undefined;
  #drawing = undefined;
  #draw;
  #live;

  /** @param draw called when something has changed, at most ten times a second */
  constructor(stream, replay, draw) {
    this.#draw = draw;
    this.#live = subscribe(`/v1/sse?stream=${stream.id}&envelope=1`, {
      share: false,
      replay,
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
    const at = Date.now();
    // What is older than the connection is replay: how long it was under way says nothing.
    const delayMs = ts >= this.#openedAt ? at - ts : undefined;
    this.#push({ key: id, at: ts, event: { id, channel, payload }, delayMs });
  }

  #enter({ state, error, delayMs }) {
    const before = this.state;
    this.state = state;
    if (state === 'open') {
      this.#openedAt = Date.now();
      if (this.#serial > 0) this.#note('good', 'Connected again: goes on after the last event');
    }
    if (state === 'waiting') {
      const why =
        error === undefined
          ? 'The service ended the connection in order'
          : `Cut: ${error.message.replace(/\.$/, '')}`;
      this.#note(
        error === undefined ? 'soft' : 'cut',
        `${why}. Next try in ${(delayMs / 1_000).toFixed(1)} s`,
      );
    }
    if (state === 'closed' && error !== undefined) this.#note('cut', `Closed for good: ${error.message}`);
    if (before !== state) this.#changed();
  }

  #note(kind, note) {
    this.#serial += 1;
    this.#push({ key: `note ${this.#serial}`, at: Date.now(), note, kind });
  }

  #push(row) {
    this.rows = [row, ...this.rows.slice(0, KEPT - 1)];
    this.#changed();
  }

  #changed() {
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#draw();
    }, DRAW_MS);
  }
}
