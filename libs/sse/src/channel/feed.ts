import { ByteLog } from '../byte-log.js';
import type { SharedFrame } from '../events/shared-frame.js';
import { FanOut } from '../fan-out.js';
import type { LogReader } from '../log-reader.js';
import type { Framing, Outlet } from '../outlet.js';

/** Bytes that a quiet channel keeps allocated: an application may have a channel for each of its users. */
const LARGEST_SEGMENT = 32 * 1024;

/** Somebody whom a feed brings its frames to. */
export interface FeedMember extends Outlet {
  /** Bytes that may still wait in the feed's log for it. */
  readonly allowance: number;
  /** Takes a frame that does not come through the log. */
  send(frame: SharedFrame, id?: string): boolean;
  /** Called when more than the allowance waits: the member no longer reads then. */
  tooSlow(): void;
}

/**
 * What one channel sends to all members of the same framing.
 *
 * Members read the feed's log, where each is only a position (ADR 0006). Who reads another feed's log already is a
 * guest here and is handed each frame, not copied: a reader of two logs could not tell which of two frames came
 * first.
 */
export class Feed {
  private readonly log = new ByteLog(0, LARGEST_SEGMENT);
  private readonly fanOut = new FanOut<FeedMember>(this.log, {
    maxWaitingBytes: (member) => member.allowance,
    onCut: (member) => member.tooSlow(),
  });
  private readonly guests = new Set<FeedMember>();
  /** The id of the newest frame that had one, and where in the log that frame begins. */
  private newest = { id: '', at: -1 };

  constructor(private readonly framing: Framing) {}

  get size(): number {
    return this.fanOut.size + this.guests.size;
  }

  /** Position behind the newest frame. */
  get head(): number {
    return this.log.head;
  }

  /** Brings a frame to every member, before anything that is sent later in whatever way. */
  append(frame: SharedFrame, id: string | undefined): void {
    if (this.fanOut.size > 0) {
      if (id !== undefined) this.newest = { id, at: this.log.head };
      this.log.append(frame.as(this.framing));
      this.fanOut.wake();
    }
    for (const guest of this.guests) guest.send(frame, id);
  }

  /** The newest id among the frames from this position on. */
  idSince(position: number): string | undefined {
    return this.newest.at >= position ? this.newest.id : undefined;
  }

  /** Lets a member read from here on. */
  read(member: FeedMember): LogReader<FeedMember> {
    return this.fanOut.add(member, member, this.log.head);
  }

  stopReading(reader: LogReader<FeedMember>): void {
    this.fanOut.remove(reader);
  }

  /** Hands each frame to a member who reads elsewhere. */
  host(guest: FeedMember): void {
    this.guests.add(guest);
  }

  dismiss(guest: FeedMember): void {
    this.guests.delete(guest);
  }
}
