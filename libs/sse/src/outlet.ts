import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { encodeChunk } from './frame.js';

/** How bytes must be wrapped before they go to {@link Outlet.write}. */
export type Framing = 'chunked' | 'plain';

/** Response headers of an event stream that no proxy or cache may hold back or change (SPEC section 3). */
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

/**
 * Sends the head of an event stream and opens the way to its client.
 *
 * With HTTP/1 the frames are written to the socket itself, wrapped as chunks beforehand: what is the same for all
 * clients is then made once, and a write costs 2/3 of one through the response (docs/performance.md). Where the
 * response does not own its socket (HTTP/2, or a pipelined request whose turn has not come) it goes through it.
 */
export function openOutlet(
  request: IncomingMessage,
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
): Outlet {
  response.writeHead(200, { ...EVENT_STREAM_HEADERS, ...headers });
  response.flushHeaders();
  const { socket } = response;
  if (request.httpVersionMajor !== 1 || socket === null) return new ResponseOutlet(response);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
  return new SocketOutlet(response, socket);
}

/** Milliseconds of silence before TCP asks whether the client is still there. */
const TCP_KEEP_ALIVE_MS = 15_000;

class SocketOutlet implements Outlet {
  readonly framing: Framing;

  constructor(
    private readonly response: ServerResponse,
    private readonly socket: Socket,
  ) {
    this.framing = response.chunkedEncoding ? 'chunked' : 'plain';
  }

  write(bytes: Uint8Array): boolean {
    // A large write reports a full buffer even when the kernel took all of it at once.
    return this.socket.write(bytes) || this.socket.writableLength === 0;
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

class ResponseOutlet implements Outlet {
  readonly framing = 'plain';

  constructor(private readonly response: ServerResponse) {}

  write(bytes: Uint8Array): boolean {
    return this.response.write(bytes);
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
