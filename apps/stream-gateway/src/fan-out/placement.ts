import {
  cursorBefore,
  eventCursor,
  GAP_EVENT,
  MAX_CURSOR_LENGTH,
  parseCursor,
  REPLAY_EVENTS,
} from '#libs/contracts';
import { encodeFrame, type LogEntry } from '#libs/sse';

/** The kept history of a stream: the newest events, at most as many as are replayed. */
export interface HistoryView {
  readonly epoch: string;
  /** Oldest first; each entry's key is the sequence of an event. */
  readonly entries: readonly LogEntry[];
  /** Sequence of the newest event ever seen, kept or not; 0 before the first. */
  readonly lastSeq: number;
}

/** Where a subscriber begins. */
export interface Placement {
  /** It gets the events with a larger sequence. */
  readonly afterSeq: number;
  /** What tells it that events are missing before that, if so. */
  readonly gap?: Buffer;
}

/** What a subscriber asked for. */
export interface StartRequest {
  /** The cursor as the client sent it, whatever it is. */
  readonly cursor?: string | undefined;
  /** Events to replay when there is no cursor, 0 to 100; default 100. */
  readonly replay?: number | undefined;
}

/** Decides where a subscriber begins: right after its cursor, or with the newest events. */
export function place(history: HistoryView, { cursor, replay = REPLAY_EVENTS }: StartRequest): Placement {
  if (cursor === undefined) return { afterSeq: newest(history, replay) };
  const afterSeq = resume(history, cursor);
  if (afterSeq !== undefined) return { afterSeq };
  return { afterSeq: newest(history, REPLAY_EVENTS), gap: gapFrame(history, cursor) };
}

/** The sequence of the cursor's event if it is one that this gateway has not seen yet, but another may have. */
export function aheadOf({ epoch, lastSeq }: HistoryView, text: string | undefined): number | undefined {
  const cursor = text === undefined ? undefined : parseCursor(text);
  if (cursor === undefined || cursor.epoch !== epoch) return undefined;
  const seq = cursor.side === 'after' ? cursor.seq : cursor.seq - 1;
  return seq > lastSeq ? seq : undefined;
}

/** The sequence to go on from, or undefined when it cannot be shown that nothing is missing after the cursor. */
function resume({ epoch, entries, lastSeq }: HistoryView, text: string): number | undefined {
  const cursor = parseCursor(text);
  if (cursor === undefined || cursor.epoch !== epoch) return undefined;
  const { seq } = cursor;
  const oldest = entries[0]?.key ?? lastSeq + 1;
  if (cursor.side === 'after') {
    // An event that is kept, or the newest of all: what follows it is whole. Others may have been followed by
    // events that are gone.
    const known = seq === lastSeq || entries.some(({ key }) => key === seq);
    return known ? seq : undefined;
  }
  // Before a full window lie events that are gone; before one that never filled up lies nothing.
  const whole = seq >= oldest || entries.length < REPLAY_EVENTS;
  return whole && seq <= lastSeq + 1 ? seq - 1 : undefined;
}

/** The sequence after which the newest events follow. */
export function newest({ entries, lastSeq }: HistoryView, count: number): number {
  const before = entries[entries.length - count - 1];
  if (count === 0) return lastSeq;
  return before?.key ?? 0;
}

/** The control event that says which history is missing, with an id that a client can resume from. */
export function gapFrame({ epoch, entries, lastSeq }: HistoryView, requested: string): Buffer {
  const oldest = entries[0]?.key;
  const newestSeq = entries.at(-1)?.key;
  return encodeFrame({
    id: cursorBefore(epoch, oldest ?? lastSeq + 1),
    event: GAP_EVENT,
    data: JSON.stringify({
      requested: requested.slice(0, MAX_CURSOR_LENGTH),
      oldest: oldest === undefined ? null : eventCursor(epoch, oldest),
      newest: newestSeq === undefined ? null : eventCursor(epoch, newestSeq),
    }),
  });
}
