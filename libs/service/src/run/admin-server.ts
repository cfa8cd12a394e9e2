import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cannotListen } from './cannot-listen.js';

/** The second port of a service. Open as long as the service is, its orderly end included. */
export class AdminServer {
  private constructor(
    private readonly server: Server,
    private readonly host: string,
  ) {}

  /** @throws StartError when it cannot listen */
  static async open(server: Server, host: string, port: number): Promise<AdminServer> {
    try {
      server.listen(port, host);
      await once(server, 'listening');
    } catch (error) {
      throw cannotListen(host, port, error);
    }
    return new AdminServer(server, host);
  }

  /** Base address, without trailing slash. */
  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${port}`;
  }

  /** Cuts what is under way: it is for machines that ask again. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
