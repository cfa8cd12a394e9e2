import { HttpPipe } from '../client/http-pipe.js';
import type { Program } from './program.js';
import type { BenchServer, BenchStream } from './server.js';

/** A server under test that takes events one a line, and whose streams are there as soon as somebody names them. */
export class LineServer implements BenchServer {
  private readonly pipe: HttpPipe;
  private streams = 0;

  constructor(
    readonly name: string,
    private readonly program: Program,
    private readonly port: number,
    private readonly onStopped: () => Promise<void> | void = () => {},
  ) {
    this.pipe = new HttpPipe('127.0.0.1', port);
  }

  get processes() {
    return [{ role: this.name, pid: this.program.pid }];
  }

  openStream(): Promise<BenchStream> {
    this.streams += 1;
    const path = `/${this.streams}`;
    return Promise.resolve({
      address: { host: '127.0.0.1', port: this.port, path, headers: {} },
      publish: async (payloads) => {
        const { status } = await this.pipe.post(path, {}, payloads.join('\n'));
        if (status >= 300) throw new Error(`${this.name} refused events: ${status}`);
      },
    });
  }

  async stop(): Promise<void> {
    this.pipe.close();
    await this.program.stop();
    await this.onStopped();
  }
}
