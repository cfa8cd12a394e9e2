import type { Message } from './sse-parser.js';

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
  /** Where several streams share the connection: those in which events are missing. */
  readonly streams?: readonly string[];
}

/** @param id the last one that the stream has named: a message without an id of its own stands there */
export function streamEvent({ event, data }: Message, id: string): StreamEvent {
  return { id, channel: event, payload: parsed(data), data };
}

export function gapOf({ data }: Message, requested: string): Gap {
  return { oldest: null, newest: null, ...fieldsOf(data), requested };
}

export function closedReason({ data }: Message): string {
  return String(fieldsOf(data).reason ?? 'unknown');
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
  return Object(parsed(data));
}
