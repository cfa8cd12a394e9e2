import { eventCursor } from '#libs/contracts';
import type { HistoryPage, StoredEvent } from '#libs/event-log';
import { pageInfo } from '../paging/page-info.js';

/** A stored event as the API shows it. */
export interface EventView {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly ts: number;
  readonly channel: string | null;
  readonly payload: unknown;
}

/** One page of a stream's history as the API shows it, oldest first. */
export function historyPage(epoch: string, { events, total }: HistoryPage) {
  const data = events.map((event) => view(epoch, event));
  const cursors = data.map(({ id }) => id);
  return { page_info: pageInfo(total, cursors), data };
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
