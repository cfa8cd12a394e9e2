import { html } from 'htm/preact';
import { call } from './api.mjs';

/** Minutes that are drawn, and how many bars they are drawn as. */
export const MINUTES = 15;
const BARS = 30;
const BAR_MS = (MINUTES * 60_000) / BARS;
const WIDTH = 120;
const HEIGHT = 24;

/**
 * Events in time, of one stream, as far as they are known: what history had when the page was opened, and what has
 * come since. Before `knownFrom` there may have been more than were kept.
 */
export class Activity {
  #times = [];
  #cursor = undefined;
  knownFrom = 0;

  /** Asks for what has come since it was last called. */
  async update(streamId) {
    const after = this.#cursor === undefined ? '' : `&after=${encodeURIComponent(this.#cursor)}`;
    const { data, page_info: page } = await call('GET', `/v1/streams/${streamId}/events?limit=100${after}`);
    const isNewest = this.#cursor === undefined;
    this.#cursor = page.end_cursor ?? this.#cursor;
    const times = data.map(({ ts }) => ts);
    // A full page to begin with has cut off what was before it.
    if (isNewest && data.length === 100) this.knownFrom = times[0];
    this.#times = [...this.#times, ...times].filter((ts) => ts > Date.now() - MINUTES * 60_000);
  }

  /** Events in each bar, the newest last; undefined where too little is known. */
  bars(now = Date.now()) {
    const counts = Array.from({ length: BARS }, () => 0);
    for (const ts of this.#times) {
      const bar = BARS - 1 - Math.floor((now - ts) / BAR_MS);
      if (bar >= 0) counts[Math.min(bar, BARS - 1)] += 1;
    }
    return counts.map((count, bar) =>
      now - (BARS - bar) * BAR_MS < this.knownFrom && count === 0 ? undefined : count,
    );
  }

  get total() {
    return this.#times.length;
  }
}

export function Sparkline({ activity }) {
  if (activity === undefined) return html`<span class="spark"></span>`;
  const bars = activity.bars();
  const most = Math.max(1, ...bars.map((count) => count ?? 0));
  const step = WIDTH / BARS;
  const text = `${activity.total} events in the last ${MINUTES} minutes that are known of`;
  return html`<svg class="spark" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${text}><title>${text}</title>
    ${bars.map((count, bar) => {
      const height = count ? Math.max(2, (count / most) * HEIGHT) : 1;
      return html`<rect class=${count === undefined ? 'unknown' : count === 0 ? 'none' : ''} x=${bar * step} y=${HEIGHT - height} width=${step - 1} height=${height} />`;
    })}
  </svg>`;
}
