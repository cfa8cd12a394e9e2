import { CLOSED_EVENT, type ClosedReason } from '#libs/contracts';
import { encodeFrame, framed, type Outlet } from '#libs/sse';

export interface ConnectionOptions {
  readonly outlet: Outlet;
  /** Bytes of the heartbeat, framed for the outlet. */
  readonly heartbeat: Buffer;
  /** When the connection has lived long enough, by `performance.now()`; Infinity for never. */
  readonly endsAtMs: number;
  /** Called once when Runnel ends the connection: completes the response. Not called after {@link Connection.leave}. */
  readonly onEnd: () => void;
}

/** One subscriber's connection: how it is kept alive and how it ends, whatever it reads. */
export abstract class Connection<Options extends ConnectionOptions = ConnectionOptions> {
  protected over = false;

  constructor(readonly options: Options) {}

  /** Whether the client has not read what was written before. */
  protected abstract get blocked(): boolean;
  /** The cursor of the last event that was written, if one can be told. */
  protected abstract lastId(): string | undefined;
  /** Lets go of what is read. Called once. */
  protected abstract detach(): void;

  /** Writes the heartbeat, unless the client has not even read what came before; ends what has lived its time. */
  beat(): void {
    if (performance.now() >= this.options.endsAtMs) this.end();
    else if (!this.blocked) this.options.outlet.write(this.options.heartbeat);
  }

  /** Tells the client why and ends the connection. */
  close(reason: ClosedReason): void {
    if (this.over) return;
    const { outlet } = this.options;
    // A control event needs an id too, or some clients forget theirs: the one that the client has got to.
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

  /** Takes the connection out of what it reads. The response is the caller's to end. Safe to call twice. */
  leave(): void {
    if (this.over) return;
    this.over = true;
    this.detach();
  }
}
