import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Conditions, type Direction } from './conditions.js';
import { Pipe } from './pipe.js';

export interface TcpProxyOptions {
  /** Made for each connection: changes what the server sends to the client. Default: nothing is changed. */
  readonly toClient?: () => (bytes: Buffer) => Buffer;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** What the client said first. */
  greeting: string;
}

/**
 * A network between two programs that can be made bad: slow, narrow, silent, or broken off. Whoever opens it closes
 * it.
 */
export class TcpProxy {
  private readonly conditions = new Conditions();
  private readonly pairs = new Set<Pair>();
  private refusing = false;

  private constructor(
    private readonly listener: Server,
    private readonly target: URL,
    private readonly options: TcpProxyOptions,
  ) {
    listener.on('connection', (client: Socket) => this.join(client));
  }

  /** @param target address of the server, of any scheme, with host and port */
  static async open(target: string, options: TcpProxyOptions = {}): Promise<TcpProxy> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new TcpProxy(listener, new URL(target), options);
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  /** The address to use in place of the server's. */
  get url(): string {
    const { protocol, pathname, search } = this.target;
    const { port } = this.listener.address() as AddressInfo;
    return `${protocol}//127.0.0.1:${port}${pathname === '/' ? '' : pathname}${search}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.pairs.size;
  }

  /** Everything takes longer, there and back. */
  lag(latencyMs: number): void {
    this.conditions.set({ latencyMs });
  }

  /** No connection carries more, in each direction. */
  throttle(bytesPerSecond: number): void {
    this.conditions.set({ bytesPerSecond });
  }

  /**
   * Nothing arrives any more and nobody is told, on new connections neither: a cable that was pulled. What is sent
   * meanwhile arrives after {@link heal}, as TCP has it.
   */
  blackHole(directions?: readonly Direction[]): void {
    this.conditions.set({ lost: true }, directions);
  }

  /**
   * Breaks off connections with RST, as a firewall or a crashed machine does. New ones are let through.
   *
   * @param greeted only those whose client began with something that has this text in it. Default: all
   */
  reset(greeted = ''): void {
    for (const { client, server, greeting } of [...this.pairs]) {
      if (!greeting.includes(greeted)) continue;
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Ends one direction of every connection in an orderly way; the other goes on. */
  halfClose(direction: Direction): void {
    for (const { client, server } of this.pairs) (direction === 'toServer' ? server : client).end();
  }

  /** New connections are broken off at once. */
  refuse(): void {
    this.refusing = true;
  }

  /** As if nothing had been. Connections that were broken off stay so. */
  heal(): void {
    this.refusing = false;
    this.conditions.clear();
  }

  async close(): Promise<void> {
    this.listener.close();
    this.conditions.clear();
    for (const { client, server } of [...this.pairs]) {
      client.destroy();
      server.destroy();
    }
    await once(this.listener, 'close').catch(() => {});
  }

  private join(client: Socket): void {
    if (this.refusing) {
      client.resetAndDestroy();
      return;
    }
    const { hostname, port } = this.target;
    const server = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    const pair: Pair = { client, server, greeting: '' };
    client.once('data', (bytes: Buffer) => {
      pair.greeting = bytes.toString('latin1');
    });
    const { conditions } = this;
    this.pairs.add(pair);
    const transform = this.options.toClient?.();
    const toServer = new Pipe({ from: client, to: server, direction: 'toServer', conditions });
    const toClient = new Pipe({ from: server, to: client, direction: 'toClient', conditions, transform });
    client.on('error', () => {});
    server.on('error', () => {});
    client.on('close', () => void this.passOn(pair, toServer, server));
    server.on('close', () => void this.passOn(pair, toClient, client));
  }

  /** One side has gone: the other hears of it behind what is under way, or never while that is lost. */
  private async passOn(pair: Pair, pipe: Pipe, other: Socket): Promise<void> {
    await pipe.finish();
    this.pairs.delete(pair);
    other.destroySoon();
  }
}
