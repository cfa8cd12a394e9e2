/** Takes the bytes of a response's body, as they come. Valid during the call only. */
export type BodySink = (bytes: Buffer, from: number, to: number) => void;

const CR = 0x0d;
const LF = 0x0a;

/**
 * Takes HTTP/1.1's chunked transfer coding (RFC 9112, section 7.1) off a body that arrives in pieces of any size.
 *
 * Bytes are handed on as ranges of the buffer that they came in: a client that copies them would cost more than
 * the servers it is to measure.
 */
export class ChunkedBody {
  private left = 0;
  private size = 0;
  private state: 'size' | 'size-end' | 'data' | 'data-end' | 'trailer' = 'size';
  private trailerBytes = 0;

  constructor(
    private readonly sink: BodySink,
    private readonly onEnd: () => void,
  ) {}

  /** @throws Error for bytes that are no chunked body */
  push(bytes: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to) {
      if (this.state === 'data') at = this.data(bytes, at, to);
      else this.framing(bytes[at++] as number);
    }
  }

  private data(bytes: Buffer, at: number, to: number): number {
    const end = Math.min(to, at + this.left);
    this.left -= end - at;
    this.sink(bytes, at, end);
    if (this.left === 0) this.state = 'data-end';
    return end;
  }

  private framing(byte: number): void {
    if (this.state === 'size') this.sizeByte(byte);
    else if (this.state === 'size-end') this.sizeEnd(byte);
    else if (this.state === 'data-end') this.dataEnd(byte);
    else this.trailerByte(byte);
  }

  private sizeByte(byte: number): void {
    if (byte === CR) this.state = 'size-end';
    else this.size = this.size * 16 + hexDigit(byte);
  }

  private sizeEnd(byte: number): void {
    if (byte !== LF) throw new Error('A chunk size does not end with CRLF.');
    this.left = this.size;
    this.size = 0;
    this.state = this.left === 0 ? 'trailer' : 'data';
  }

  private dataEnd(byte: number): void {
    if (byte === LF) this.state = 'size';
    else if (byte !== CR) throw new Error('A chunk is longer than it says.');
  }

  /** The end is an empty line; servers here send no trailers, so nothing but that is expected. */
  private trailerByte(byte: number): void {
    if (byte !== CR && byte !== LF) throw new Error('There are bytes behind the last chunk.');
    this.trailerBytes += 1;
    if (this.trailerBytes === 2) this.onEnd();
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  if (lower >= 0x61 && lower <= 0x66) return lower - 0x57;
  throw new Error(`A chunk size has the byte ${byte}.`);
}
