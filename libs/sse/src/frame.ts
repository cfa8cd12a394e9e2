/** A field holds a character that would end it early, forge another, or be read differently by every client. */
export class UnsafeFieldError extends TypeError {
  override readonly name = 'UnsafeFieldError';
  readonly code = 'unsafe-field';

  constructor(readonly field: 'id' | 'event') {
    super(`The SSE field "${field}" must not contain a line end or NUL.`);
  }
}

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
export function encodeFrame({ id, event, data, retry }: Frame): Buffer {
  let text = retry === undefined ? '' : `retry: ${retry}\n`;
  if (id !== undefined) text += `id: ${safe('id', id)}\n`;
  if (event !== undefined) text += `event: ${safe('event', event)}\n`;
  if (data !== undefined) text += dataLines(data);
  return Buffer.from(`${text}\n`);
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
  const named = event === undefined ? '' : `event: ${safe('event', event)}\n`;
  const head = Buffer.from(`id: ${safe('id', id)}\n${named}data: `);
  const frame = Buffer.allocUnsafe(head.length + data.length + 2);
  frame.set(head, 0);
  frame.set(data, head.length);
  frame[frame.length - 2] = LF;
  frame[frame.length - 1] = LF;
  return frame;
}

/** The bytes of a comment and an empty line, with no space after the colon: `:keepalive`. */
export function encodeComment(text: string): Buffer {
  if (/[\r\n]/.test(text)) throw new TypeError('A comment is one line.');
  return Buffer.from(`:${text}\n\n`);
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

function safe(field: 'id' | 'event', value: string): string {
  if (value.includes('\n') || value.includes('\r') || value.includes('\0')) throw new UnsafeFieldError(field);
  return value;
}

function dataLines(data: string): string {
  return data
    .split(/\r\n|\n|\r/)
    .map((line) => `data: ${line}\n`)
    .join('');
}
