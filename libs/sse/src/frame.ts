import { type GuardedField, UnsafeFieldError } from './errors.js';

/** One event-stream block. Whatever is left out is not written. */
export interface Frame {
  /** Sets the client's last event id. Keep it to printable ASCII: others cannot be sent back in a header. */
  readonly id?: string | undefined;
  /** The event's name; without it `onmessage` hears the event. */
  readonly event?: string | undefined;
  /** Text of any lines: CRLF, LF and CR each begin another `data:` line, as clients join lines with LF. */
  readonly data?: string | undefined;
  /** Milliseconds before the client reconnects, 0 or more. */
  readonly retry?: number | undefined;
}

/**
 * The bytes of one block, ended by its empty line (WHATWG HTML, section 9.2.6).
 *
 * @throws UnsafeFieldError rather than repairing an id or event name, since what is stripped silently is somebody's
 *   wrong event
 */
export function encodeFrame(frame: Frame): Buffer {
  return Buffer.from(frameText(frame));
}

/** The same as text. */
export function frameText({ id, event, data, retry }: Frame): string {
  let text = retry === undefined ? '' : `retry: ${safeRetry(retry)}\n`;
  if (id !== undefined) text += `id: ${safeText('id', id)}\n`;
  if (event !== undefined) text += `event: ${safeText('event', event)}\n`;
  if (data !== undefined) text += dataLines(data);
  return `${text}\n`;
}

/**
 * The same bytes as {@link encodeFrame} for data that is UTF-8 already, without decoding it where it is one line:
 * this runs once for every event that a gateway delivers.
 */
export function encodeEvent(id: string, event: string | undefined, data: Uint8Array): Buffer {
  if (data.includes(LF) || data.includes(CR)) {
    return encodeFrame({
      id,
      event,
      data: Buffer.from(data.buffer, data.byteOffset, data.length).toString(),
    });
  }
  const named = event === undefined ? '' : `event: ${safeText('event', event)}\n`;
  const head = Buffer.from(`id: ${safeText('id', id)}\n${named}data: `);
  const frame = Buffer.allocUnsafe(head.length + data.length + 2);
  frame.set(head, 0);
  frame.set(data, head.length);
  frame[frame.length - 2] = LF;
  frame[frame.length - 1] = LF;
  return frame;
}

/** The bytes of a comment and an empty line, with no space after the colon: `:keepalive`. */
export function encodeComment(text: string): Buffer {
  return Buffer.from(`:${safeText('comment', text)}\n\n`);
}

/** One chunk of HTTP/1.1's chunked transfer coding (RFC 9112, section 7.1). */
export function encodeChunk(bytes: Uint8Array): Buffer {
  const size = `${bytes.length.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + bytes.length + 2);
  chunk.write(size, 'latin1');
  chunk.set(bytes, size.length);
  chunk.write('\r\n', chunk.length - 2, 'latin1');
  return chunk;
}

/** What {@link encodeChunk} was given: a view on the chunk, nothing is copied. */
export function chunkBody(chunk: Buffer): Buffer {
  return chunk.subarray(chunk.indexOf(LF) + 1, chunk.length - 2);
}

const LF = 0x0a;
const CR = 0x0d;

/** The value, if it can be written as this field. */
export function safeText(field: GuardedField, value: string): string {
  if (value.includes('\n') || value.includes('\r') || value.includes('\0')) throw new UnsafeFieldError(field);
  return value;
}

/** The value, if clients can read it: they take digits only, and JavaScript callers may pass anything. */
export function safeRetry(ms: number): number {
  if (!Number.isSafeInteger(ms) || ms < 0) throw new UnsafeFieldError('retry');
  return ms;
}

/** The lines of the `data` field that clients put together to this text. */
export function dataLines(data: string): string {
  return data
    .split(/\r\n|\n|\r/)
    .map((line) => `data: ${line}\n`)
    .join('');
}
