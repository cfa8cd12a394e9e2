import { cursorBefore, eventCursor } from '#libs/contracts';
import { framed, type LogReader } from '#libs/sse';
import { Connection, type ConnectionOptions } from './connection.js';
import type { Lane, LaneKind } from './lane.js';
import type { HistoryView, StartRequest } from './placement.js';

export interface SessionOptions extends ConnectionOptions, StartRequest {
  /** Channels that pass, or undefined for all events. */
  readonly channels?: ReadonlySet<string> | undefined;
  /** Called when the session is over, whoever ended it. */
  readonly onLeave: (session: Session) => void;
}

/** One subscriber's connection to one stream: little more than its place in a lane's log. */
export class Session extends Connection<SessionOptions> {
  private stuck = false;
  private release: (() => void) | undefined;
  private sentId: string | undefined;
  private place: { history: HistoryView; lane: Lane<Session>; reader: LogReader<Session> } | undefined;

  get laneKind(): LaneKind {
    return { framing: this.options.outlet.framing, channels: this.options.channels };
  }

  get ended(): boolean {
    return this.over;
  }

  /**
   * Writes frames that come before the session's place in the lane.
   *
   * @param id the cursor behind them
   * @returns when the client can take more, or has gone
   */
  async send(frames: Buffer, id: string): Promise<void> {
    const { outlet } = this.options;
    this.sentId = id;
    if (frames.length === 0 || outlet.write(framed(outlet.framing, frames))) return;
    this.stuck = true;
    await new Promise<void>((resolve) => {
      this.release = resolve;
      outlet.onDrain(resolve);
    });
    this.stuck = false;
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

  protected get blocked(): boolean {
    return this.stuck || this.place?.reader.blocked === true;
  }

  protected detach(): void {
    this.place?.lane.fanOut.remove(this.place.reader);
    this.release?.();
    this.options.onLeave(this);
  }

  protected lastId(): string | undefined {
    if (this.place === undefined) return this.sentId;
    const { history, lane, reader } = this.place;
    const seq = lane.log.keyBefore(reader.position);
    if (seq !== undefined) return eventCursor(history.epoch, seq);
    return cursorBefore(history.epoch, history.entries[0]?.key ?? history.lastSeq + 1);
  }
}
