import { HttpPipe } from '../client/http-pipe.js';
import type { Program } from './program.js';
import type { BenchServer, BenchStream } from './server.js';

export interface LineServerOptions {
  /** By what they do, in the order in which they are stopped. */
  readonly programs: Readonly<Record<string, Program>>;
  /** Where streams are read. */
  readonly port: number;
  readonly connectsAtOnce?: number;
  /** Where events are taken in. Default: the same. */
  readonly publishPort?: number;
  readonly onStopped?: () => Promise<void>;
}

/** A server under test that takes events one a line, and whose streams are there as soon as somebody names them. */
export class LineServer implements BenchServer {
  private readonly pipe: HttpPipe;
  private streams = 0;

  constructor(
    readonly name: string,
    private readonly options: LineServerOptions,
  ) {
    this.pipe = new HttpPipe('127.0.0.1', options.publishPort ?? options.port);
  }

  get connectsAtOnce(): number {
    return this.options.connectsAtOnce ?? Number.POSITIVE_INFINITY;
  }

  get processes() {
    return Object.entries(this.options.programs).map(([role, { pid }]) => ({ role, pid }));
  }

  openStream(): Promise<BenchStream> {
    this.streams += 1;
    const path = `/${this.streams}`;
    return Promise.resolve({
      address: { host: '127.0.0.1', port: this.options.port, path, headers: {} },
      publish: async (payloads) => {
        const { status } = await this.pipe.post(path, {}, payloads.join('\n'));
        if (status >= 300) throw new Error(`${this.name} refused events: ${status}`);
      },
    });
  }

  async stop(): Promise<void> {
    this.pipe.close();
    for (const program of Object.values(this.options.programs)) await program.stop();
    await this.options.onStopped?.();
  }
}
