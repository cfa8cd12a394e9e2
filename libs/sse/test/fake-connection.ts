import type { Outlet } from '../src/outlet.js';
import type { ClosedBy, Connection } from '../src/session/connection.js';

/** A client that reads everything at once, or nothing while it is stuck. */
export class FakeOutlet implements Outlet {
  readonly framing = 'plain';
  received = '';
  writes = 0;
  stuck = false;
  state: 'open' | 'ended' | 'cut' = 'open';
  private wake: (() => void) | undefined;

  write(bytes: Uint8Array): boolean {
    this.received += Buffer.from(bytes).toString();
    this.writes += 1;
    return !this.stuck;
  }

  onDrain(listener: () => void): void {
    this.wake = listener;
  }

  /** Reads what has been written, and goes on reading. */
  unstick(): void {
    this.stuck = false;
    this.readOnce();
  }

  /** Reads what has been written, and no more. */
  readOnce(): void {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  }

  end(): void {
    this.state = 'ended';
  }

  destroy(): void {
    this.state = 'cut';
  }
}

/** A connection without a network. */
export class FakeConnection implements Connection {
  readonly outlet = new FakeOutlet();
  private listener: ((by: ClosedBy) => void) | undefined;

  constructor(
    readonly url = '/',
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** Whether somebody still wants to know of its end. */
  get watched(): boolean {
    return this.listener !== undefined;
  }

  header(name: string): string | undefined {
    return this.headers[name];
  }

  open(): Outlet | ClosedBy {
    return this.outlet;
  }

  onClose(listener: (by: ClosedBy) => void): () => void {
    this.listener = listener;
    return () => {
      this.listener = undefined;
    };
  }

  /** The client goes away. */
  leave(): void {
    this.listener?.('client');
  }
}
