import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './turns.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server of node:http on a free port. */
export class TestServer {
  private constructor(private readonly server: Server) {}

  static async start(handler: Handler): Promise<TestServer> {
    const server = createServer((req, res) => {
      // A handler that fails is what an application's framework would answer 500 to.
      Promise.resolve(handler(req, res)).catch((error: unknown) => {
        if (!res.headersSent) res.writeHead(500);
        res.end(String(error));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TestServer(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

/** A client of node:http that keeps the text it has got, and can stop reading. */
export class RawClient {
  text = '';
  ended = false;
  failed = false;

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.text += text;
    });
    response.on('end', () => {
      this.ended = true;
    });
    response.on('error', () => {
      this.failed = true;
    });
  }

  /** Resolves with the head of the response. A client that does not read has asked, and no more. */
  static async open(
    url: string,
    options: { headers?: Record<string, string>; method?: string; reads?: boolean } = {},
  ): Promise<RawClient> {
    const asked = request(url, { ...options, agent: false });
    asked.end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const client = new RawClient(response);
    if (options.reads === false) response.pause();
    return client;
  }

  get over(): boolean {
    return this.ended || this.failed;
  }

  async got(text: string): Promise<string> {
    await until(() => this.text.includes(text) || this.over);
    return this.text;
  }

  async end(): Promise<void> {
    await until(() => this.over);
  }

  /** Goes away without a word. */
  leave(): void {
    this.response.destroy();
  }
}
