import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { LineServer } from './line-server.js';
import { Program } from './program.js';
import type { ServerKind, ServerName } from './server.js';

/** better-sse on node:http. */
export const betterSse = nodePeer('better-sse');

/** Nest's own `@Sse()`. */
export const nestSse = nodePeer('nest-sse');

/** Node's server and sockets with nothing else in it: what the runtime alone costs. */
export const nodeHttp = nodePeer('node-http');

/** A peer whose program is beside this file, and which all take events alike: one a line. */
function nodePeer(name: ServerName): ServerKind {
  return {
    name,
    unavailable: () => undefined,
    async start() {
      const port = await freePort();
      return new LineServer(name, { programs: { [name]: await startNodeProgram(name, port) }, port });
    },
  };
}

/** Starts one of the programs beside this file. @param more arguments after its port */
export function startNodeProgram(name: string, port: number, more: readonly string[] = []): Promise<Program> {
  const file = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
  // What lets Node run this program lets it run that one.
  return Program.start(process.execPath, [...process.execArgv, file, String(port), ...more], port);
}
