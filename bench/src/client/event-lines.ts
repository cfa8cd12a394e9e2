const LF = 0x0a;
const CR = 0x0d;

/** Hears the fields of an event stream. The bytes are valid during the call only. */
export interface FieldSink {
  /** A `data:` line's value. */
  data(bytes: Buffer, from: number, to: number): void;
  event(name: string): void;
  id(id: string): void;
  /** The empty line that ends a block: an event, if the block had data. */
  dispatch(): void;
}

const DATA = Buffer.from('data:');
const EVENT = Buffer.from('event:');
const ID = Buffer.from('id:');

/**
 * Splits an event stream that arrives in pieces into its fields. Lines end with LF or CRLF, as all the servers
 * here write them. A line that lies in one piece is not copied.
 */
export class EventLines {
  private partial: Buffer[] = [];

  constructor(
    private readonly sink: FieldSink,
    /** Ids cost a string each, so they are read only by clients that resume. */
    private readonly withIds: boolean,
  ) {}

  push(bytes: Buffer, from: number, to: number): void {
    let at = from;
    for (;;) {
      const end = bytes.indexOf(LF, at);
      if (end < 0 || end >= to) break;
      if (this.partial.length > 0) this.joined(bytes, at, end);
      else this.line(bytes, at, end);
      at = end + 1;
    }
    // The buffer is used again for the next read, so what remains must be copied.
    if (at < to) this.partial.push(Buffer.from(bytes.subarray(at, to)));
  }

  private joined(bytes: Buffer, from: number, to: number): void {
    const line = Buffer.concat([...this.partial, bytes.subarray(from, to)]);
    this.partial = [];
    this.line(line, 0, line.length);
  }

  private line(bytes: Buffer, from: number, end: number): void {
    const to = end > from && bytes[end - 1] === CR ? end - 1 : end;
    if (to === from) this.sink.dispatch();
    else if (begins(bytes, from, to, DATA)) this.sink.data(bytes, valueStart(bytes, from + 5), to);
    else if (begins(bytes, from, to, EVENT)) this.sink.event(text(bytes, from + 6, to));
    else if (this.withIds && begins(bytes, from, to, ID)) this.sink.id(text(bytes, from + 3, to));
  }
}

function begins(bytes: Buffer, from: number, to: number, name: Buffer): boolean {
  if (to - from < name.length) return false;
  for (let n = 0; n < name.length; n += 1) if (bytes[from + n] !== name[n]) return false;
  return true;
}

/** One space after the colon is not part of the value. */
function valueStart(bytes: Buffer, at: number): number {
  return bytes[at] === 0x20 ? at + 1 : at;
}

function text(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', valueStart(bytes, from), to);
}
