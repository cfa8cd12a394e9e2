import type { EventSourceMessage } from 'eventsource-parser';

export interface StreamEvent {
  /** Cursor: `lastEventId` of a later subscription that goes on right after this event. */
  readonly id: string;
  /** Undefined for events without one, as most of a source's are. */
  readonly channel: string | undefined;
  readonly payload: unknown;
  /** The payload's JSON as it was sent: numbers too large for JavaScript are still whole in it. */
  readonly data: string;
}

/** Some events are gone: the history no longer reaches back to where the subscription was. */
export interface Gap {
  /** The cursor that could not be resumed. */
  readonly requested: string;
  /** Cursors of what is kept and follows now; null when nothing is. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** @param id the last one that the stream has named: a message without an id of its own stands there */
export function streamEvent({ event, data }: EventSourceMessage, id: string): StreamEvent {
  return { id, channel: event, payload: parsed(data), data };
}

export function gapOf({ data }: EventSourceMessage, requested: string): Gap {
  const { oldest, newest } = fieldsOf(data);
  const cursor = (value: unknown) => (typeof value === 'string' ? value : null);
  return { requested, oldest: cursor(oldest), newest: cursor(newest) };
}

export function closedReason({ data }: EventSourceMessage): string {
  const { reason } = fieldsOf(data);
  return typeof reason === 'string' ? reason : 'unknown';
}

/** Every event of Runnel is JSON; what another server sends stays the text it is. */
function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

function fieldsOf(data: string): Record<string, unknown> {
  const value = parsed(data);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
