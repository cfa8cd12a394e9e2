import { fileURLToPath } from 'node:url';
import { HttpPipe } from '../client/http-pipe.js';
import { freePort } from './free-port.js';
import { Program } from './program.js';
import type { BenchServer, BenchStream, ServerKind, ServerName } from './server.js';

/** better-sse on node:http. */
export const betterSse = nodePeer('better-sse');

/** Nest's own `@Sse()`. */
export const nestSse = nodePeer('nest-sse');

/** A peer whose program is beside this file, and which all take events alike: one a line. */
function nodePeer(name: ServerName): ServerKind {
  return {
    name,
    unavailable: () => undefined,
    async start() {
      const port = await freePort();
      const file = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
      // What lets Node run this program lets it run that one.
      const program = await Program.start(process.execPath, [...process.execArgv, file, String(port)], port);
      return new NodePeer(name, program, port);
    },
  };
}

class NodePeer implements BenchServer {
  private readonly pipe: HttpPipe;
  private streams = 0;

  constructor(
    readonly name: string,
    private readonly program: Program,
    private readonly port: number,
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
  }
}
