/** Bytes of a log's first segment; each further one is twice as long, so that quiet streams stay small. */
const FIRST_SEGMENT = 1024;
/** What is written to a client at once at the most, unless one frame is larger. */
const LARGEST_SEGMENT = 256 * 1024;

interface Segment {
  /** Position in the log of the segment's first byte. */
  readonly start: number;
  readonly bytes: Buffer;
  used: number;
}

/** What makes a frame an entry. */
export interface EntryLabel {
  /** Rises from entry to entry. */
  readonly key: number;
  /** What a filter goes by. Default: undefined. */
  readonly tag?: string | undefined;
  /** When it happened, in milliseconds since 1970. Default: 0. */
  readonly at?: number;
}

/** A frame that readers can be placed at. */
export interface LogEntry extends Required<EntryLabel> {
  /** Position of the frame's first byte. */
  readonly start: number;
  readonly length: number;
}

/**
 * An append-only log of encoded frames, shared by everyone who reads them: history, live queue and the queue of
 * slow readers in one. A reader is no more than a position (ADR 0006).
 *
 * Positions count bytes from the log's beginning and never repeat. The newest `keep` entries stay; what lies
 * before them goes when {@link release} says that nobody needs it.
 */
export class ByteLog {
  private segments: Segment[] = [];
  private readonly index: LogEntry[] = [];
  private end = 0;
  private begin = 0;
  private nextSegment = FIRST_SEGMENT;
  private cached: { from: number; to: number; view: Buffer } | undefined;

  /**
   * @param keep entries that are kept for readers to come, 0 or more
   * @param largestSegment bytes that stay allocated at the most where nothing is kept and nobody is slow
   */
  constructor(
    private readonly keep: number,
    private readonly largestSegment = LARGEST_SEGMENT,
  ) {}

  /** Position behind the newest byte. */
  get head(): number {
    return this.end;
  }

  /** Position of the oldest byte that can still be read. */
  get tail(): number {
    return this.begin;
  }

  /** The kept entries, oldest first. */
  get entries(): readonly LogEntry[] {
    return this.index;
  }

  /** Appends a frame. With a label it becomes an entry; without one it is read in passing only, as control frames are. */
  append(frame: Uint8Array, label?: EntryLabel): void {
    const segment = this.room(frame.length);
    segment.bytes.set(frame, segment.used);
    segment.used += frame.length;
    if (label !== undefined) {
      const { key, tag, at = 0 } = label;
      this.index.push({ key, tag, at, start: this.end, length: frame.length });
      if (this.index.length > this.keep) this.index.shift();
    }
    this.end += frame.length;
  }

  /** Takes entries out, from one key to another, both included: readers to come do not get them. */
  removeEntries(fromKey: number, toKey: number): void {
    const kept = this.index.filter(({ key }) => key < fromKey || key > toKey);
    this.index.splice(0, this.index.length, ...kept);
  }

  /**
   * The entries after a key, if something lies between or behind them that is none: they must then be written one
   * by one. Undefined where reading on from {@link positionAfter} gives exactly them.
   */
  scatteredAfter(key: number): LogEntry[] | undefined {
    const entries = this.index.filter((entry) => entry.key > key);
    const bytes = entries.reduce((sum, { length }) => sum + length, 0);
    return this.positionAfter(key) + bytes === this.end ? undefined : entries;
  }

  /** Makes the next segment large enough for this many bytes, so that they can be read with one write. */
  reserve(bytes: number): void {
    this.nextSegment = Math.min(this.largestSegment, Math.max(this.nextSegment, bytes));
  }

  /** Ends the entries' use for readers to come; their bytes stay for those who are reading. */
  dropEntries(): void {
    this.index.length = 0;
  }

  /** Where a reader who has seen `key` goes on: the first entry with a larger one, or the head. */
  positionAfter(key: number): number {
    let low = 0;
    let high = this.index.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.index[middle] as LogEntry).key > key) high = middle;
      else low = middle + 1;
    }
    return this.index[low]?.start ?? this.end;
  }

  /** The key of the newest entry that a reader at this position has got, or undefined when none of those is kept. */
  keyBefore(position: number): number | undefined {
    return this.index.findLast(({ start }) => start < position)?.key;
  }

  /**
   * The bytes from a position on, to the head or to the end of the segment, without copying. A frame lies in one
   * segment whole, so what is returned always ends where a frame does.
   */
  view(from: number): Buffer {
    if (this.cached?.from === from && this.cached.to === this.end) return this.cached.view;
    const segment = this.segmentAt(from);
    const view = segment.bytes.subarray(from - segment.start, segment.used);
    // Almost all readers stand at the same place: one view serves them all.
    this.cached = { from, to: this.end, view };
    return view;
  }

  /** The bytes of an entry. */
  frame({ start, length }: LogEntry): Buffer {
    const segment = this.segmentAt(start);
    return segment.bytes.subarray(start - segment.start, start - segment.start + length);
  }

  /** Lets go of what lies before the kept entries and before `neededFrom`. */
  release(neededFrom: number): void {
    this.begin = Math.max(this.begin, Math.min(neededFrom, this.index[0]?.start ?? this.end));
    let gone = 0;
    for (const { start, used } of this.segments) {
      if (start + used > this.begin || gone === this.segments.length - 1) break;
      gone += 1;
    }
    if (gone > 0) this.segments.splice(0, gone);
  }

  private room(bytes: number): Segment {
    const last = this.segments.at(-1);
    if (last !== undefined && last.bytes.length - last.used >= bytes) return last;
    const size = Math.max(bytes, this.nextSegment);
    this.nextSegment = Math.min(this.largestSegment, this.nextSegment * 2);
    const segment = { start: this.end, bytes: Buffer.allocUnsafeSlow(size), used: 0 };
    this.segments.push(segment);
    return segment;
  }

  private segmentAt(position: number): Segment {
    // From the newest: that is where readers are.
    for (let index = this.segments.length - 1; index >= 0; index -= 1) {
      const segment = this.segments[index] as Segment;
      if (segment.start <= position) return segment;
    }
    throw new RangeError('The position lies before the log.');
  }
}
