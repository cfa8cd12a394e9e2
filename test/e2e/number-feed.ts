import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An Atom feed on this machine whose entries are numbers, newest first, with an ETag. Whoever starts it stops it. */
export class NumberFeed {
  numbers: readonly number[] = [];
  /** The headers of the requests so far. */
  readonly asked: IncomingHttpHeaders[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<NumberFeed> {
    const server = createServer(({ headers }, response) => {
      started.asked.push(headers);
      const etag = `"${started.numbers.join()}"`;
      if (headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.writeHead(200, { ETag: etag }).end(started.document());
    });
    const started = new NumberFeed(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/feed.xml`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private document(): string {
    const entries = this.numbers.map(
      (n) =>
        `<entry><title>Item ${n}</title><id>urn:item:${n}</id><updated>2026-01-01T00:00:00Z</updated></entry>`,
    );
    return `<feed xmlns="http://www.w3.org/2005/Atom"><title>Numbers</title>${entries.join('')}</feed>`;
  }
}
