import { MAX_CURSOR_LENGTH } from './limits.js';

/**
 * A place in one stream's history.
 *
 * `after`: everything up to and including `seq` has been seen; the id of an event, and the usual case.
 * `before`: everything before `seq` has been seen; the id of control events, which stand between events.
 *
 * The epoch names this very log of this very stream, so a cursor from another stream, or from a log that was
 * deleted and made again, is recognised and not mistaken for a place (ADR 0004).
 */
export interface Cursor {
  readonly epoch: string;
  readonly seq: number;
  readonly side: 'after' | 'before';
}

const CURSOR = /^([0-9A-Za-z]{1,16})-(b?)(0|[1-9][0-9]{0,15})$/;

/** The cursor of the event with this sequence. */
export function eventCursor(epoch: string, seq: number): string {
  return `${epoch}-${seq}`;
}

/** The cursor of the place right before the event with this sequence. */
export function cursorBefore(epoch: string, seq: number): string {
  return `${epoch}-b${seq}`;
}

/**
 * Reads a cursor.
 *
 * @returns undefined for whatever {@link eventCursor} and {@link cursorBefore} cannot have written: a subscriber
 *   is then told `runnel.gap` rather than refused, since a 4xx would make browsers give up for ever
 */
export function parseCursor(text: string): Cursor | undefined {
  if (text.length > MAX_CURSOR_LENGTH) return undefined;
  const match = CURSOR.exec(text);
  if (match === null) return undefined;
  const seq = Number(match[3]);
  if (!Number.isSafeInteger(seq)) return undefined;
  return { epoch: match[1] as string, seq, side: match[2] === 'b' ? 'before' : 'after' };
}
