import { CLOSED_EVENT, type ClosedReason, cursorBefore, eventCursor } from '#libs/contracts';
import { encodeFrame, framed, type LogReader, type Outlet } from '#libs/sse';
import type { Lane, LaneKind } from './lane.js';
import type { HistoryView, StartRequest } from './placement.js';

export interface SessionOptions extends StartRequest {
  readonly outlet: Outlet;
  /** Channels that pass, or undefined for all events. */
  readonly channels?: ReadonlySet<string> | undefined;
  /** Bytes of the heartbeat, framed for the outlet. */
  readonly heartbeat: Buffer;
  /** When the connection has lived long enough, by `performance.now()`; Infinity for never. */
  readonly endsAtMs: number;
  /** Called once when Runnel ends the session: completes the response. Not called after {@link Session.leave}. */
  readonly onEnd: () => void;
  /** Called when the session is over, whoever ended it. */
  readonly onLeave: (session: Session) => void;
}

/** One subscriber's connection to one stream: little more than its place in a lane's log. */
export class Session {
  private place: { history: HistoryView; lane: Lane<Session>; reader: LogReader<Session> } | undefined;
  private over = false;

  constructor(readonly options: SessionOptions) {}

  get laneKind(): LaneKind {
    return { framing: this.options.outlet.framing, channels: this.options.channels };
  }

  /** Begins to deliver: what the lane holds after the sequence, behind the gap event if there is one. */
  start(history: HistoryView, lane: Lane<Session>, afterSeq: number, gap: Buffer | undefined): void {
    const { outlet } = this.options;
    if (gap !== undefined) outlet.write(framed(outlet.framing, gap));
    const { log, fanOut } = lane;
    const scattered = log.scatteredAfter(afterSeq);
    for (const entry of scattered ?? []) outlet.write(log.frame(entry));
    const position = scattered === undefined ? log.positionAfter(afterSeq) : log.head;
    this.place = { history, lane, reader: fanOut.add(this, outlet, position) };
  }

  /** Writes the heartbeat, unless the client has not even read what came before; ends what has lived its time. */
  beat(): void {
    if (performance.now() >= this.options.endsAtMs) this.end();
    else if (this.place?.reader.blocked !== true) this.options.outlet.write(this.options.heartbeat);
  }

  /** Tells the client why and ends the connection. */
  close(reason: ClosedReason): void {
    if (this.over) return;
    const { outlet } = this.options;
    const frame = encodeFrame({ id: this.lastId(), event: CLOSED_EVENT, data: JSON.stringify({ reason }) });
    outlet.write(framed(outlet.framing, frame));
    this.end();
  }

  /** Ends the connection at a frame boundary; the client comes back and resumes. */
  end(): void {
    if (this.over) return;
    this.leave();
    this.options.onEnd();
  }

  /** Cuts a client that does not read. */
  cut(): void {
    if (this.over) return;
    this.leave();
    this.options.outlet.destroy();
  }

  /** Takes the session out of its stream. The connection is the caller's to end. Safe to call twice. */
  leave(): void {
    if (this.over) return;
    this.over = true;
    this.place?.lane.fanOut.remove(this.place.reader);
    this.options.onLeave(this);
  }

  /** A control event needs an id too, or some clients forget theirs: the one that the client has got to. */
  private lastId(): string | undefined {
    if (this.place === undefined) return undefined;
    const { history, lane, reader } = this.place;
    const seq = lane.log.keyBefore(reader.position);
    if (seq !== undefined) return eventCursor(history.epoch, seq);
    return cursorBefore(history.epoch, history.entries[0]?.key ?? history.lastSeq + 1);
  }
}
