import { CLOSED_EVENT, type ClosedReason, HEARTBEAT_COMMENT, type StreamKind } from '#libs/contracts';
import {
  type ClientOutlet,
  encodeComment,
  encodeFrame,
  type Framing,
  framed,
  type HeartbeatWheel,
} from '#libs/sse';

export interface ConnectionOptions {
  readonly outlet: ClientOutlet;
  /** Bytes of the heartbeat, framed for the outlet. */
  readonly heartbeat: Buffer;
  /** When the connection has lived long enough, by `performance.now()`; Infinity for never. */
  readonly endsAtMs: number;
  /**
   * Whether a client that is ended could come back now. One that could not is kept beyond its time: an EventSource
   * that is answered 503 gives up for ever. Left out: it always could.
   */
  readonly mayReturn?: (() => boolean) | undefined;
  /** Called once when Runnel ends the connection: completes the response. Not called after {@link Connection.leave}. */
  readonly onEnd: () => void;
}

/** Why a connection is over; `client` where Runnel did not end it, `unreadable` where its history could not be read. */
export type EndCause = ClosedReason | CutCause | 'client' | 'drain' | 'lifetime' | 'unreadable';
/** Why a connection was cut: `slow` where more waits than may, `stalled` where nothing of what waits is taken. */
export type CutCause = 'slow' | 'stalled';

/**
 * Milliseconds for which a client may take nothing of what waits for it. Long, because the system takes more for a slow
 * client only when a good part of what it holds has been read.
 */
const STALL_MS = 60_000;

/** One subscriber's connection: how it is kept alive and how it ends, whatever it reads. */
export abstract class Connection<Options extends ConnectionOptions = ConnectionOptions> {
  protected over = false;
  private cause: EndCause = 'client';
  private stopBeating: (() => void) | undefined;
  /** What waited for the client when it last took something, as far as the wheel has seen, and when that was. */
  private stall: { waiting: number; since: number } | undefined;

  constructor(readonly options: Options) {}

  /** Whether the client has not read what was written before. */
  protected abstract get blocked(): boolean;
  /** The cursor of the last event that was written, if one can be told. */
  protected abstract lastId(): string | undefined;
  /** Lets go of what is read. Called once. */
  protected abstract detach(): void;

  /** Why it ended, once it has. */
  get endedBy(): EndCause {
    return this.cause;
  }

  /** Has the wheel beat until the connection is over. Call it once. */
  beatOn(wheel: HeartbeatWheel): void {
    this.stopBeating = wheel.add(this);
  }

  /**
   * Writes the heartbeat, unless the client has not even read what came before; ends what has lived its time, and cuts
   * who reads nothing: of a long history, or of a stream in which little happens, the bound of what waits is never met.
   */
  beat(): void {
    const { endsAtMs, mayReturn, outlet, heartbeat } = this.options;
    if (performance.now() >= endsAtMs && mayReturn?.() !== false) this.end('lifetime');
    else if (this.blocked) this.lookForStall();
    else {
      this.stall = undefined;
      outlet.write(heartbeat);
    }
  }

  /** Tells the client why and ends the connection. */
  close(reason: ClosedReason): void {
    if (this.over) return;
    const { outlet } = this.options;
    // A control event needs an id too, or some clients forget theirs: the one that the client has got to.
    const frame = encodeFrame({ id: this.lastId(), event: CLOSED_EVENT, data: JSON.stringify({ reason }) });
    outlet.write(framed(outlet.framing, frame));
    this.end(reason);
  }

  /** Ends the connection at a frame boundary; the client comes back and resumes. */
  end(cause: EndCause): void {
    if (this.over) return;
    this.cause = cause;
    this.leave();
    this.options.onEnd();
  }

  /** Cuts a client that does not read. */
  cut(cause: CutCause): void {
    if (this.over) return;
    this.cause = cause;
    this.leave();
    this.options.outlet.destroy();
  }

  private lookForStall(): void {
    const { waiting } = this.options.outlet;
    const now = performance.now();
    if (this.stall?.waiting !== waiting) this.stall = { waiting, since: now };
    else if (now - this.stall.since >= STALL_MS) this.cut('stalled');
  }

  /** Takes the connection out of what it reads. The response is the caller's to end. Safe to call twice. */
  leave(): void {
    if (this.over) return;
    this.over = true;
    this.stopBeating?.();
    this.detach();
  }
}

const HEARTBEATS = {
  source: heartbeatsOf('source'),
  workflow: heartbeatsOf('workflow'),
};

/** The bytes of a heartbeat, the same for all connections of a kind. */
export function heartbeatOf(kind: StreamKind, framing: Framing): Buffer {
  return HEARTBEATS[kind][framing];
}

function heartbeatsOf(kind: StreamKind): Readonly<Record<Framing, Buffer>> {
  const comment = encodeComment(HEARTBEAT_COMMENT[kind]);
  return { chunked: framed('chunked', comment), plain: framed('plain', comment) };
}
