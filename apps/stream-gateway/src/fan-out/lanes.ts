import type { EntryLabel, FanOutOptions, LogEntry } from '#libs/sse';
import { Lane, type LaneKind } from './lane.js';
import type { Session } from './session.js';

const MAIN = { framing: 'chunked', channels: undefined } as const;

/** The lanes of a stream: the main one, in which almost all sessions are, and others only while they have sessions. */
export class Lanes {
  private readonly main: Lane<Session>;
  private readonly others = new Map<string, Lane<Session>>();

  constructor(private readonly options: FanOutOptions<Session>) {
    this.main = new Lane(MAIN, options);
  }

  /** What the main lane keeps, through which all events pass; oldest first. */
  get entries(): readonly LogEntry[] {
    return this.main.log.entries;
  }

  /** An entry's bytes, as one chunk; see {@link chunkBody}. */
  frameOf(entry: LogEntry): Buffer {
    return this.main.log.frame(entry);
  }

  /** Appends an event to every lane that it passes. Call {@link wake} when all that is due is in. */
  append(frame: Buffer, label: EntryLabel): void {
    this.main.append(frame, label);
    for (const lane of this.others.values()) lane.append(frame, label);
  }

  /** Appends a control event for the sessions that are here now. */
  announce(frame: Buffer): void {
    for (const lane of this.all()) lane.announce(frame);
  }

  /** Brings what was appended to the sessions. */
  wake(): void {
    this.main.fanOut.wake();
    for (const lane of this.others.values()) lane.fanOut.wake();
  }

  /** Makes room for this many bytes of events, so that they can be read with one write. */
  reserve(bytes: number): void {
    this.main.log.reserve(bytes);
  }

  /** Forgets what is kept for sessions to come; those that are here still get it. */
  dropEntries(): void {
    for (const { log } of this.all()) log.dropEntries();
  }

  /** The same for the events from one sequence to another, both included. */
  removeEntries(fromSeq: number, toSeq: number): void {
    for (const { log } of this.all()) log.removeEntries(fromSeq, toSeq);
  }

  /** The lane for a session, opened if need be: it begins with what is kept of the main one. */
  laneOf({ laneKind }: Session): Lane<Session> {
    if (isMain(laneKind)) return this.main;
    const key = Lane.keyOf(laneKind);
    let lane = this.others.get(key);
    if (lane === undefined) {
      lane = new Lane(laneKind, this.options);
      lane.seedFrom(this.main.log);
      this.others.set(key, lane);
    }
    return lane;
  }

  /** Closes the lane of a session that has left, if that was the last one in it. */
  closeIfEmpty({ laneKind }: Session): void {
    if (isMain(laneKind)) return;
    const key = Lane.keyOf(laneKind);
    if (this.others.get(key)?.fanOut.size === 0) this.others.delete(key);
  }

  private *all(): Generator<Lane<Session>> {
    yield this.main;
    yield* this.others.values();
  }
}

function isMain({ framing, channels }: LaneKind): boolean {
  return framing === MAIN.framing && channels === undefined;
}
