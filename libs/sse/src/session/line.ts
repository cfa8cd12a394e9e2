import type { Feed, FeedMember } from '../channel/feed.js';
import type { SharedFrame } from '../events/shared-frame.js';
import type { LogReader } from '../log-reader.js';
import type { Framing, Outlet } from '../outlet.js';

/** Bytes of frames that are gathered within a turn before they are written. */
const JOIN_BYTES = 16 * 1024;
/** Bytes that are joined into one write at the most, unless one frame is larger. */
const LARGEST_RUN = 64 * 1024;

export interface LineOptions {
  /** Bytes that may wait for the client before it is cut. */
  readonly maxPendingBytes: number;
  /** Called when more than that waits and still more comes. */
  readonly onSlow: () => void;
}

/** The log that a line reads, and from where on its ids are newer than the line's own. */
interface Home {
  readonly feed: Feed;
  readonly reader: LogReader<FeedMember>;
  idsFrom: number;
}

/**
 * Everything that goes to one client, in the order in which the program sent it, whichever way it comes: its own
 * frames, its home feed's log, and what other feeds hand over.
 *
 * Invariant: what is in `waiting` was sent before what the reader has not read yet. So the log is drawn in first
 * whenever a frame comes another way; as long as none does, what a slow client has not read stays in the log, which
 * is everybody's.
 */
export class Line implements FeedMember {
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private blocked = false;
  private scheduled = false;
  private closed = false;
  private home: Home | undefined;
  private resumeReader: (() => void) | undefined;
  private readonly drainListeners: (() => void)[] = [];

  constructor(
    private readonly outlet: Outlet,
    private readonly options: LineOptions,
    private ownId: string,
  ) {}

  get framing(): Framing {
    return this.outlet.framing;
  }

  /** The id that was sent last. */
  get lastId(): string {
    return this.home?.feed.idSince(this.home.idsFrom) ?? this.ownId;
  }

  /** Bytes that wait in this process behind those that the connection has taken. */
  get pendingBytes(): number {
    return this.waitingBytes + (this.home?.reader.waiting ?? 0);
  }

  get allowance(): number {
    return this.options.maxPendingBytes - this.waitingBytes;
  }

  /** Sends a frame. Returns false when it has to wait for the client, or when the line is closed. */
  send(frame: SharedFrame, id?: string): boolean {
    if (this.closed) return false;
    if (this.blocked && this.pendingBytes > this.options.maxPendingBytes) {
      this.tooSlow();
      return false;
    }
    this.drawIn();
    this.keep(frame.as(this.framing));
    if (id !== undefined) this.setLastId(id);
    if (this.waitingBytes >= JOIN_BYTES) return this.flush();
    if (!this.blocked) this.flushSoon();
    return !this.blocked;
  }

  /** Takes what the reader of the home feed brings, and heartbeats. */
  write(bytes: Uint8Array): boolean {
    if (this.closed) return false;
    if (this.waiting.length === 0 && !this.blocked) return this.pass(bytes);
    this.keep(bytes);
    return this.flush();
  }

  onDrain(listener: () => void): void {
    this.resumeReader = listener;
  }

  /** Resolves when the client can take more: with true, or with false when the line was closed. */
  drained(): Promise<boolean> {
    if (this.closed || this.flush()) return Promise.resolve(!this.closed);
    return new Promise((resolve) => this.drainListeners.push(() => resolve(!this.closed)));
  }

  /** Writes a frame that means nothing, unless others are on their way. */
  beat(frame: Uint8Array): void {
    if (!this.blocked) this.write(frame);
  }

  /** Takes part in a feed. The largest one's log is read; the others hand their frames over. */
  join(feed: Feed): void {
    const former = this.home?.feed;
    if (former !== undefined && feed.size <= former.size) {
      feed.host(this);
      return;
    }
    this.leaveHome();
    former?.host(this);
    this.home = { feed, reader: feed.read(this), idsFrom: feed.head };
  }

  /** Ends the part in a feed. What it sent before is still delivered. */
  leave(feed: Feed): void {
    feed.dismiss(this);
    if (this.home?.feed === feed) this.leaveHome();
  }

  tooSlow(): void {
    this.options.onSlow();
  }

  /** Ends the connection behind everything that was sent. */
  end(): void {
    if (this.closed) return;
    this.drawIn();
    for (const bytes of this.waiting) this.outlet.write(bytes);
    this.close();
    this.outlet.end();
  }

  /** Cuts the connection at once. */
  destroy(): void {
    this.close();
    this.outlet.destroy();
  }

  /** Lets go of everything: the connection is over. Safe to call twice. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.settleLastId();
    this.home?.feed.stopReading(this.home.reader);
    this.home = undefined;
    this.waiting = [];
    this.waitingBytes = 0;
    this.tellDrained();
  }

  private leaveHome(): void {
    if (this.home === undefined) return;
    this.drawIn();
    if (!this.blocked) this.flushSoon();
    this.settleLastId();
    this.home.feed.stopReading(this.home.reader);
    this.home = undefined;
  }

  private drawIn(): void {
    this.home?.reader.takeDue((bytes) => this.keep(bytes));
  }

  private setLastId(id: string): void {
    this.ownId = id;
    if (this.home !== undefined) this.home.idsFrom = this.home.feed.head;
  }

  private settleLastId(): void {
    this.ownId = this.lastId;
  }

  private keep(bytes: Uint8Array): void {
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
  }

  private flushSoon(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    process.nextTick(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  /** Writes what waits as far as the client takes it. Returns whether it takes more. */
  private flush(): boolean {
    while (!this.blocked && this.waiting.length > 0) this.pass(this.nextRun());
    return !this.blocked;
  }

  private nextRun(): Uint8Array {
    let count = 0;
    let bytes = 0;
    while (count < this.waiting.length && (count === 0 || bytes < LARGEST_RUN)) {
      bytes += (this.waiting[count] as Uint8Array).length;
      count += 1;
    }
    const run = this.waiting.splice(0, count);
    this.waitingBytes -= bytes;
    return count === 1 ? (run[0] as Uint8Array) : Buffer.concat(run, bytes);
  }

  private pass(bytes: Uint8Array): boolean {
    if (this.outlet.write(bytes)) return true;
    this.blocked = true;
    this.outlet.onDrain(() => this.unblock());
    return false;
  }

  private unblock(): void {
    this.blocked = false;
    if (this.closed || !this.flush()) return;
    const resume = this.resumeReader;
    this.resumeReader = undefined;
    resume?.();
    if (!this.blocked) this.tellDrained();
  }

  private tellDrained(): void {
    for (const listener of this.drainListeners.splice(0)) listener();
  }
}
