import type { ByteLog } from './byte-log.js';
import type { Outlet } from './outlet.js';

/**
 * One client's place in a {@link ByteLog}. Catching up on history, following live events and being slow are the
 * same thing: writing from the place to the head.
 */
export class LogReader<Owner = unknown> {
  /** Its index in the owner's list; the owner's to keep. */
  slot = -1;
  blocked = false;
  private readonly liveFrom: number;

  /**
   * @param owner whose connection it is
   * @param position where to begin: {@link ByteLog.positionAfter} or the head
   * @param onDrained called when a client that was slow can take more
   */
  constructor(
    readonly owner: Owner,
    readonly outlet: Outlet,
    private readonly log: ByteLog,
    public position: number,
    private readonly onDrained: (reader: LogReader<Owner>) => void,
  ) {
    // History is in the log anyway: only what came after the join counts as waiting for this client.
    this.liveFrom = log.head;
  }

  /** Bytes of live events that wait for this client in the log. */
  get waiting(): number {
    return this.log.head - Math.max(this.position, this.liveFrom);
  }

  /** Whether what it would read next is gone. */
  get overrun(): boolean {
    return this.position < this.log.tail;
  }

  /** Writes what is due, as far as the client takes it, always whole frames. Returns the bytes written. */
  pump(): number {
    const before = this.position;
    while (!this.blocked && this.position < this.log.head) {
      const bytes = this.log.view(this.position);
      this.position += bytes.length;
      if (!this.outlet.write(bytes)) this.block();
    }
    return this.position - before;
  }

  /**
   * Gives all that is due to the caller and stands at the head afterwards: for an owner who has something to send
   * another way that must come after it.
   */
  takeDue(take: (bytes: Uint8Array) => void): void {
    while (this.position < this.log.head) {
      const bytes = this.log.view(this.position);
      this.position += bytes.length;
      take(bytes);
    }
  }

  private block(): void {
    this.blocked = true;
    this.outlet.onDrain(() => {
      this.blocked = false;
      this.onDrained(this);
    });
  }
}
