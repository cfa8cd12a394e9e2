import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of a server, to end those that wait for a request.
 *
 * Node's `closeIdleConnections()` leaves out connections that never sent one, and browsers open such ahead of
 * need: each would hold up the end of the service for the whole drain time.
 */
export class OpenSockets {
  private readonly sockets = new Set<Socket>();

  constructor(server: Server) {
    const { sockets } = this;
    // One function for all sockets, and not through once(), which wraps it: streams are many and live long.
    function forget(this: Socket): void {
      sockets.delete(this);
    }
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', forget);
    });
  }

  get size(): number {
    return this.sockets.size;
  }

  /** Ends the connections on which nothing is being answered. */
  closeIdle(): void {
    for (const socket of this.sockets) {
      // Node keeps the response that is in flight in this field, and null or undefined when there is none.
      const { _httpMessage } = socket as { _httpMessage?: object | null };
      if (!_httpMessage) socket.destroySoon();
    }
  }

  destroyAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
