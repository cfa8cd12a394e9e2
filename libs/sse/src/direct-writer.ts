import { writeSync } from 'node:fs';
import { Socket } from 'node:net';

/** Node's own end of a socket, as far as it matters here. */
interface Handle {
  /** The file descriptor; below 0 where the system has none for sockets. */
  readonly fd?: number;
}

/**
 * The shortest way into a socket: the system call and nothing else.
 *
 * `socket.write` keeps a state, an object and a callback of the next tick for each write, which a write that the system
 * takes at once does not need: deliveries one by one cost a tenth less without them (docs/performance.md).
 */
export class DirectWriter {
  private constructor(
    private readonly socket: Socket,
    private readonly handle: Handle,
    private readonly fd: number,
  ) {}

  /** Undefined where bytes must take the way through the socket: with TLS, and where there is no file descriptor. */
  static of(socket: Socket): DirectWriter | undefined {
    const handle = handleOf(socket);
    const { fd = -1 } = handle ?? {};
    // A TLS socket has the descriptor, too, of what carries the encrypted bytes.
    const plain = Object.getPrototypeOf(socket) === Socket.prototype;
    return plain && handle != null && fd >= 0 ? new DirectWriter(socket, handle, fd) : undefined;
  }

  /**
   * @returns how many bytes the system took, from the first: 0 while others wait to be written, when it can take no
   *   more, when the socket has a time limit, and when the connection is broken. The caller gives the rest to the socket,
   *   which tells what is wrong.
   */
  write(bytes: Uint8Array): number {
    const { socket } = this;
    // A closed socket has let go of its handle, and its descriptor may be somebody else's.
    const open = handleOf(socket) === this.handle;
    if (!open || socket.writableLength > 0 || socket.writableCorked > 0) return 0;
    // Whoever has set a time limit for silence counts on writes that put it off.
    if (socket.timeout) return 0;
    try {
      return writeSync(this.fd, bytes);
    } catch {
      return 0;
    }
  }
}

function handleOf(socket: Socket): Handle | null | undefined {
  return (socket as unknown as { _handle?: Handle | null })._handle;
}
