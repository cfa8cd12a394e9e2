import type { ByteLog } from './byte-log.js';
import { LogReader } from './log-reader.js';
import type { Outlet } from './outlet.js';

/** Readers served before other work of the process gets its turn: about 2 ms of writes. */
const SLICE = 256;

export interface FanOutOptions<Owner> {
  /** Bytes of live events that may wait for one client before it is cut: the same for all, or each client's own. */
  readonly maxWaitingBytes: number | ((owner: Owner) => number);
  /** Called for a client that is to be cut, after it has been removed. */
  readonly onCut: (owner: Owner) => void;
  /** Called with the bytes that a walk has written, for metrics. */
  readonly onWritten?: (bytes: number) => void;
}

/**
 * Brings a log's new bytes to all of its readers.
 *
 * What is appended in one turn of the event loop, or while a walk is under way, goes out in one write for each
 * reader: a system call per write is where the CPU goes. The walk visits readers in a circle and counts how many
 * are left, so an append during it costs the early ones a second visit and nobody a second pass.
 */
export class FanOut<Owner = unknown> {
  private readonly readers: LogReader<Owner>[] = [];
  private next = 0;
  private left = 0;
  private visitsSinceRelease = 0;
  private scheduled = false;

  constructor(
    readonly log: ByteLog,
    private readonly options: FanOutOptions<Owner>,
  ) {}

  get size(): number {
    return this.readers.length;
  }

  /** Adds a client at a position and writes it what is due at once. */
  add(owner: Owner, outlet: Outlet, position: number): LogReader<Owner> {
    const reader = new LogReader(owner, outlet, this.log, position, this.drained);
    reader.slot = this.readers.length;
    this.readers.push(reader);
    // The walk goes in a circle: with a place more in it, it would end one reader short.
    if (this.left > 0) this.left += 1;
    this.pump(reader);
    return reader;
  }

  /** Takes a client out. Its outlet is the caller's to end. Safe to call twice. */
  remove(reader: LogReader<Owner>): void {
    if (this.readers[reader.slot] !== reader) return;
    // The last one takes the free place, so the list stays dense and nothing is searched.
    const last = this.readers.pop() as LogReader<Owner>;
    if (last !== reader) {
      this.readers[reader.slot] = last;
      last.slot = reader.slot;
      // During a walk that may be a place which the walk has passed: then everybody is visited once more.
      if (this.left > 0) this.left = this.readers.length;
    }
    reader.slot = -1;
  }

  /** Says that the log has grown. */
  wake(): void {
    this.left = this.readers.length;
    if (this.scheduled) return;
    this.scheduled = true;
    inNextTurn(this.walkOn);
  }

  /** Made once: a walk is due for each event of a quiet stream. */
  private readonly walkOn = (): void => {
    let written = 0;
    for (let visits = Math.min(this.left, SLICE); visits > 0 && this.readers.length > 0; visits -= 1) {
      if (this.next >= this.readers.length) this.next = 0;
      const reader = this.readers[this.next] as LogReader<Owner>;
      written += this.pump(reader);
      // A reader that was cut has left its place to another, who must not be passed over.
      if (this.readers[this.next] === reader) this.next += 1;
      this.left -= 1;
      this.visitsSinceRelease += 1;
    }
    if (written > 0) this.options.onWritten?.(written);
    this.scheduled = this.left > 0 && this.readers.length > 0;
    if (this.scheduled) inNextTurn(this.walkOn);
    // Where events come in every turn a walk has no end: then once in a round.
    if (!this.scheduled || this.visitsSinceRelease >= this.readers.length) this.release();
  };

  private pump(reader: LogReader<Owner>): number {
    if (reader.overrun || (reader.blocked && reader.waiting > this.allowed(reader))) {
      this.remove(reader);
      this.options.onCut(reader.owner);
      return 0;
    }
    return reader.pump();
  }

  private allowed({ owner }: LogReader<Owner>): number {
    const { maxWaitingBytes } = this.options;
    return typeof maxWaitingBytes === 'number' ? maxWaitingBytes : maxWaitingBytes(owner);
  }

  /** One for all readers. */
  private readonly drained = (reader: LogReader<Owner>): void => {
    if (reader.slot >= 0) this.pump(reader);
  };

  /** Lets go of what everybody has got, and of what is so old that whoever still needs it is cut. */
  private release(): void {
    this.visitsSinceRelease = 0;
    let needed = this.log.head;
    for (const { position } of this.readers) if (position < needed) needed = position;
    const { maxWaitingBytes } = this.options;
    if (typeof maxWaitingBytes === 'number') {
      const oldest = this.log.entries[0]?.start ?? this.log.head;
      needed = Math.max(needed, oldest - maxWaitingBytes);
    }
    this.log.release(needed);
  }
}

let due: (() => void)[] = [];

/** Calls what is due in the next turn of the event loop, with one callback of the loop for the events of many streams. */
function inNextTurn(walk: () => void): void {
  if (due.push(walk) === 1) setImmediate(walkAll);
}

function walkAll(): void {
  const walks = due;
  due = [];
  for (const walk of walks) walk();
}
