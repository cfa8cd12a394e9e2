import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';

/** What a page listens with, beside what it does with events: as JSON. `ticket: true` asks our server for tickets. */
export type PageOptions = Readonly<Record<string, unknown>>;

const HTML = (client: string) => `<!doctype html><title>A page of somebody's</title>
<script type="module">
  import { subscribe } from '${client}';
  const query = new URLSearchParams(location.search);
  const { ticket, ...options } = JSON.parse(query.get('options'));
  window.heard = [];
  window.gaps = [];
  window.states = [];
  async function getTicket() {
    const response = await fetch('/ticket');
    if (!response.ok) throw new Error('signed out');
    return response.text();
  }
  window.live = subscribe(query.get('stream'), {
    ...options,
    ...(ticket ? { getTicket } : {}),
    onEvent: ({ payload }) => void heard.push(payload),
    onGap: (gap) => void gaps.push(gap),
    onState: ({ state, error }) => void states.push(error ? state + ' ' + error.name : state),
  });
</script>`;

/** A website that is not Runnel's: it serves a page that listens, and hands out tickets. Whoever starts it stops it. */
export class ListeningPages {
  /** Address of the browser client. */
  client = '';
  /** Gets the tickets that pages ask for. */
  ticket: () => Promise<string> = () => Promise.reject(new Error('There are no tickets here.'));

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ListeningPages> {
    const server = createServer();
    const pages = new ListeningPages(server);
    server.on('request', (request, response) => {
      const answer = request.url === '/ticket' ? pages.ticket() : Promise.resolve(HTML(pages.client));
      answer.then(
        (text) => response.writeHead(200, { 'content-type': 'text/html' }).end(text),
        () => response.writeHead(403).end(),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return pages;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A new page that listens to a stream. */
  async open(context: BrowserContext, stream: string, options: PageOptions = {}): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${this.origin}/?${new URLSearchParams({ stream, options: JSON.stringify(options) })}`);
    return page;
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}

/** Waits until a page has heard exactly this, in this order. */
export async function heard(page: Page, values: readonly unknown[]): Promise<void> {
  await page
    .waitForFunction(
      `JSON.stringify(window.heard) === ${JSON.stringify(JSON.stringify(values))}`,
      undefined,
      {
        timeout: 30_000,
      },
    )
    .catch(async (error: unknown) => {
      const seen = await page.evaluate('JSON.stringify({ heard, gaps, states })');
      throw new Error(`Not heard: ${JSON.stringify(values)}, but ${seen}`, { cause: error });
    });
}

/** Has a page sleep, as one does in the background of a phone. Returns what wakes it. */
export async function fallAsleep(page: Page): Promise<() => Promise<void>> {
  // A page that a test drives counts as seen, so a browser does not freeze it; a debugger stops it just as well.
  const control = await page.context().newCDPSession(page);
  await control.send('Debugger.enable');
  const asleep = new Promise((resolve) => control.once('Debugger.paused', resolve));
  await control.send('Debugger.pause');
  void control.send('Runtime.evaluate', { expression: '0' });
  await asleep;
  return async () => void (await control.send('Debugger.resume'));
}
