import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Writes messages to NATS as no client library would. Whoever opens it closes it. */
export class RawNatsClient {
  private constructor(private readonly socket: Socket) {}

  static async open({ host, port }: { host: string; port: number }): Promise<RawNatsClient> {
    const socket = connect(port, host);
    await once(socket, 'data');
    socket.write('CONNECT {"verbose":false,"headers":true}\r\n');
    return new RawNatsClient(socket);
  }

  /** @param head the headers, their first line and the empty one at their end included */
  publish(subject: string, head: string, payload: string): void {
    const total = head.length + payload.length;
    this.socket.write(`HPUB ${subject} ${head.length} ${total}\r\n${head}${payload}\r\n`);
  }

  close(): void {
    this.socket.destroy();
  }
}
