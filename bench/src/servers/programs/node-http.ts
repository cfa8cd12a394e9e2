// Node's own server with nothing in it but the writes: what is left for everything else that a server in Node does. It
// checks nothing, stores nothing on a disk and trusts everybody; one buffer is written to all sockets, past the responses.
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { requestLines } from './request-lines.js';

/** Events that a client gets when it connects. */
const HISTORY = 100;

class Stream {
  readonly sockets = new Set<Socket>();
  private readonly frames: Buffer[] = [];
  private joined: Buffer | undefined;
  private count = 0;

  /** The newest events in one piece, made once for all who come before the next. */
  get replay(): Buffer {
    this.joined ??= Buffer.concat(this.frames);
    return this.joined;
  }

  publish(events: readonly unknown[]): void {
    const frames = events.map((data) => {
      this.count += 1;
      return chunk(`id: ${this.count}\nevent: bench\ndata: ${JSON.stringify(data)}\n\n`);
    });
    this.frames.push(...frames);
    this.frames.splice(0, this.frames.length - HISTORY);
    this.joined = undefined;
    const bytes = Buffer.concat(frames);
    for (const socket of this.sockets) socket.write(bytes);
  }
}

const streams = new Map<string, Stream>();

const server = createServer((request, response) => {
  const stream = streamAt(request.url ?? '/');
  if (request.method === 'POST') {
    void requestLines(request).then((events) => {
      stream.publish(events);
      response.writeHead(204).end();
    });
    return;
  }
  const { socket } = request;
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.flushHeaders();
  if (stream.replay.length > 0) socket.write(stream.replay);
  stream.sockets.add(socket);
  socket.on('close', () => stream.sockets.delete(socket));
});

server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4_096 });

function streamAt(path: string): Stream {
  let stream = streams.get(path);
  if (stream === undefined) {
    stream = new Stream();
    streams.set(path, stream);
  }
  return stream;
}

function chunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}
