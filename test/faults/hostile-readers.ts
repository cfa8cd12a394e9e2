import { connect, type Socket } from 'node:net';
import { TcpProxy } from '#libs/testing';

/** Bytes a second that the slowest of them reads. */
const SLOW_BYTES_PER_SECOND = 1024;

/** Subscribers who do not read: some never, some at 1 KiB a second, some because they are gone without a word. */
export class HostileReaders {
  private constructor(
    private readonly sockets: readonly Socket[],
    private readonly direct: readonly Socket[],
    private readonly narrow: TcpProxy,
    private readonly broken: TcpProxy,
  ) {}

  /**
   * Subscribes all of them, which read well until {@link turn}. Whoever opens them closes them.
   *
   * @param path of the stream, with its query
   * @param each how many of each of the three kinds
   */
  static async open(gatewayUrl: string, path: string, each: number): Promise<HostileReaders> {
    const [narrow, broken] = await Promise.all([TcpProxy.open(gatewayUrl), TcpProxy.open(gatewayUrl)]);
    const urls = [gatewayUrl, narrow.url, broken.url].flatMap((url) => Array<string>(each).fill(url));
    const sockets = urls.map((url) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      return socket.resume();
    });
    return new HostileReaders(sockets, sockets.slice(0, each), narrow, broken);
  }

  get size(): number {
    return this.sockets.length;
  }

  /** From now on they are what they are. */
  turn(): void {
    for (const socket of this.direct) socket.pause();
    this.narrow.throttle(SLOW_BYTES_PER_SECOND);
    this.broken.blackHole();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all([this.narrow.close(), this.broken.close()]);
  }
}
