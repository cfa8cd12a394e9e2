import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Speaks NATS by hand, as no client library would. Whoever opens it closes it. */
export class RawNatsClient {
  /** Everything that the server sent so far. */
  heard = '';
  ended = false;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes) => {
      this.heard += bytes.toString();
    });
    // A server that ends the connection may do so by a reset.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.ended = true;
    });
  }

  /** @param login fields of CONNECT, such as `auth_token` */
  static async open(
    { host, port }: { host: string; port: number },
    login: object = {},
  ): Promise<RawNatsClient> {
    const socket = connect(port, host);
    await once(socket, 'data');
    const client = new RawNatsClient(socket);
    client.send(`CONNECT ${JSON.stringify({ verbose: false, headers: true, ...login })}`);
    return client;
  }

  /** @param lines of the protocol, without the line end of the last one */
  send(lines: string): void {
    this.socket.write(`${lines}\r\n`);
  }

  /**
   * @param head the headers, their first line and the empty one at their end included
   * @param reply the subject for an answer
   */
  publish(subject: string, head: string, payload: string, reply = ''): void {
    const total = head.length + payload.length;
    this.send(`HPUB ${subject} ${reply} ${head.length} ${total}\r\n${head}${payload}`);
  }

  close(): void {
    this.socket.destroy();
  }
}
