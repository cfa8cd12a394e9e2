import { type IncomingMessage, type OutgoingHttpHeaders, OutgoingMessage, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { Socket } from 'node:net';
import { DirectWriter } from './direct-writer.js';
import { encodeChunk } from './frame.js';

/** How bytes must be wrapped before they go to {@link Outlet.write}. */
export type Framing = 'chunked' | 'plain';

/** Response headers of an event stream that no proxy or cache may hold back or change. */
export const EVENT_STREAM_HEADERS: OutgoingHttpHeaders = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/** The way to one client: takes whole frames and says when it cannot take more. */
export interface Outlet {
  readonly framing: Framing;
  /** Takes the bytes in any case. Returns false when they wait for the client to read; `onDrain` tells when not. */
  write(bytes: Uint8Array): boolean;
  /** Called once each time a write had to wait and no longer does. */
  onDrain(listener: () => void): void;
  /** Ends the response cleanly: what was written is still sent. */
  end(): void;
  /** Cuts the connection at once. */
  destroy(): void;
}

/** A way to a client of whom can be seen whether it reads. */
export interface ClientOutlet extends Outlet {
  /**
   * Grows with the bytes that were taken and that the client has not; 0 without any. While it stays the same above 0,
   * the client reads nothing.
   */
  readonly waiting: number;
}

/**
 * Sends the head of an event stream and opens the way to its client.
 *
 * What is written in the same turn, such as a first comment and history, leaves together with the head: one system
 * call for a connect in place of three.
 */
export function openOutlet(
  request: IncomingMessage,
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
): ClientOutlet {
  const { socket } = response;
  socket?.cork();
  process.nextTick(() => socket?.uncork());
  response.writeHead(200, { ...EVENT_STREAM_HEADERS, ...headers });
  response.flushHeaders();
  return outletOf(request, response);
}

/**
 * The way to the client of a response whose head has been sent.
 *
 * With HTTP/1 the frames are written to the socket itself, wrapped as chunks beforehand: what is the same for all
 * clients is then made once, and a write costs 2/3 of one through the response (docs/performance.md). They go
 * through the response where it does not own its socket (HTTP/2, or a pipelined request whose turn has not come),
 * where somebody stands in between (a middleware that compresses), and where there is no real socket.
 */
export function outletOf(
  { httpVersionMajor }: Pick<IncomingMessage, 'httpVersionMajor'>,
  response: ServerResponse | Http2ServerResponse,
): ClientOutlet {
  if (httpVersionMajor !== 1 || !(response instanceof ServerResponse))
    return new ResponseOutlet(response as Writable);
  const { socket } = response;
  const direct = response.write === OutgoingMessage.prototype.write;
  if (!direct || !(socket instanceof Socket)) return new ResponseOutlet(response);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  return new SocketOutlet(response, socket);
}

/** Milliseconds of silence before TCP asks whether the client is still there. */
const TCP_KEEP_ALIVE_MS = 15_000;

class SocketOutlet implements ClientOutlet {
  readonly framing: Framing;
  private readonly direct: DirectWriter | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly socket: Socket,
  ) {
    this.framing = response.chunkedEncoding ? 'chunked' : 'plain';
    this.direct = DirectWriter.of(socket);
  }

  get waiting(): number {
    const { writableLength } = this.socket;
    // A large write is under way as a whole: Node's own time limit for sockets looks at what is left of it, too.
    const { _handle: handle } = this.socket as unknown as { _handle?: { writeQueueSize?: number } | null };
    return writableLength === 0 ? 0 : writableLength + (handle?.writeQueueSize ?? 0);
  }

  write(bytes: Uint8Array): boolean {
    // After the response's end the socket may already carry another one.
    if (this.response.writableEnded) return true;
    const taken = this.direct?.write(bytes) ?? 0;
    if (taken === bytes.length) return true;
    // A large write reports a full buffer even when the kernel took all of it at once.
    return this.socket.write(taken === 0 ? bytes : bytes.subarray(taken)) || this.socket.writableLength === 0;
  }

  onDrain(listener: () => void): void {
    this.socket.once('drain', listener);
  }

  end(): void {
    this.response.end();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** What the responses of all protocols have in common; `flush` comes from middlewares that compress. */
type Writable = Pick<
  ServerResponse,
  'write' | 'once' | 'end' | 'destroy' | 'writableEnded' | 'writableLength'
> & {
  flush?(): void;
};

class ResponseOutlet implements ClientOutlet {
  readonly framing = 'plain';

  constructor(private readonly response: Writable) {}

  get waiting(): number {
    return this.response.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.response.writableEnded) return true;
    const room = this.response.write(bytes);
    this.response.flush?.();
    return room;
  }

  onDrain(listener: () => void): void {
    this.response.once('drain', listener);
  }

  end(): void {
    this.response.end();
  }

  destroy(): void {
    this.response.destroy();
  }
}

/** The bytes as this framing wants them. */
export function framed(framing: Framing, frame: Buffer): Buffer {
  return framing === 'chunked' ? encodeChunk(frame) : frame;
}
