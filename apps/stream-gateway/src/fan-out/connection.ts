import { CLOSED_EVENT, type ClosedReason } from '#libs/contracts';
import { encodeFrame, framed, type Outlet } from '#libs/sse';

export interface ConnectionOptions {
  readonly outlet: Outlet;
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

/** Why a connection is over; `client` where Runnel did not end it. */
export type EndCause = ClosedReason | 'client' | 'drain' | 'lifetime' | 'slow';

/** One subscriber's connection: how it is kept alive and how it ends, whatever it reads. */
export abstract class Connection<Options extends ConnectionOptions = ConnectionOptions> {
  protected over = false;
  private cause: EndCause = 'client';

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

  /** Writes the heartbeat, unless the client has not even read what came before; ends what has lived its time. */
  beat(): void {
    const { endsAtMs, mayReturn, outlet, heartbeat } = this.options;
    if (performance.now() >= endsAtMs && mayReturn?.() !== false) this.end('lifetime');
    else if (!this.blocked) outlet.write(heartbeat);
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
  cut(): void {
    if (this.over) return;
    this.cause = 'slow';
    this.leave();
    this.options.outlet.destroy();
  }

  /** Takes the connection out of what it reads. The response is the caller's to end. Safe to call twice. */
  leave(): void {
    if (this.over) return;
    this.over = true;
    this.detach();
  }
}
