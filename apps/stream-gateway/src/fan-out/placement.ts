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
  /** From here on every event is among the entries, or was deleted by its owner. */
  readonly wholeFrom: number;
  /** Whether no event has been pushed out before the entries, as far as can be told. */
  readonly complete: boolean;
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

/**
 * The sequence behind which a cursor of this very log stands, if that is before what the hub keeps: the stream's whole
 * history may reach back to it.
 */
export function behindOf(history: HistoryView, text: string | undefined): number | undefined {
  const cursor = text === undefined ? undefined : parseCursor(text);
  if (text === undefined || cursor === undefined || cursor.epoch !== history.epoch) return undefined;
  const seq = cursor.side === 'after' ? cursor.seq : cursor.seq - 1;
  return seq <= history.lastSeq && resume(history, text) === undefined ? seq : undefined;
}

/** The sequence to go on from, or undefined when it cannot be shown that nothing is missing after the cursor. */
function resume({ epoch, lastSeq, wholeFrom, complete }: HistoryView, text: string): number | undefined {
  const cursor = parseCursor(text);
  if (cursor === undefined || cursor.epoch !== epoch) return undefined;
  const { seq } = cursor;
  if (cursor.side === 'after') {
    // What follows the newest of all is whole, and what follows any place of the whole part: its event may have been
    // deleted, but none after it was pushed out.
    return seq === lastSeq || (seq >= wholeFrom && seq < lastSeq) ? seq : undefined;
  }
  return (seq >= wholeFrom || complete) && seq <= lastSeq + 1 ? seq - 1 : undefined;
}

/** The sequence after which the newest events follow. */
export function newest({ entries, lastSeq }: HistoryView, count: number): number {
  if (count === 0) return lastSeq;
  const before = entries[entries.length - count - 1];
  return before?.key ?? beforeOldest(entries) ?? lastSeq;
}

/** The place right before the oldest entry, or undefined when there is none. */
export function beforeOldest(entries: HistoryView['entries']): number | undefined {
  const oldest = entries[0];
  return oldest && oldest.key - 1;
}

/** The control event that says which history is missing, with an id that a client can resume from. */
export function gapFrame(
  { epoch, entries, lastSeq }: Pick<HistoryView, 'epoch' | 'entries' | 'lastSeq'>,
  requested: string,
): Buffer {
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
