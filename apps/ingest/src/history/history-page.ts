import { eventCursor } from '#libs/contracts';
import type { StoredEvent } from '#libs/event-log';
import type { HistoryQuery } from './history-query.js';

/** A stored event as the API shows it. */
export interface EventView {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly ts: number;
  readonly channel: string | null;
  readonly payload: unknown;
}

/**
 * One page of a stream's history, oldest first.
 *
 * @param events the whole history, oldest first
 */
export function historyPage(epoch: string, events: readonly StoredEvent[], query: HistoryQuery) {
  const { limit, beforeSeq, afterSeq, channel } = query;
  const matching = events.filter((event) => channel === undefined || event.channel === channel);
  const chosen =
    afterSeq === undefined
      ? matching.filter(({ seq }) => beforeSeq === undefined || seq < beforeSeq).slice(-limit)
      : matching.filter(({ seq }) => seq > afterSeq).slice(0, limit);
  const data = chosen.map((event) => view(epoch, event));
  return {
    page_info: {
      total_count: matching.length,
      count: data.length,
      start_cursor: data[0]?.id ?? null,
      end_cursor: data.at(-1)?.id ?? null,
    },
    data,
  };
}

function view(epoch: string, { seq, ts, channel, payload }: StoredEvent): EventView {
  return { id: eventCursor(epoch, seq), ts, channel: channel ?? null, payload: readPayload(payload) };
}

/** Whoever publishes through NATS may have stored what is no JSON: it is shown as nothing rather than hidden. */
function readPayload(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    return null;
  }
}
