// A server as the documentation of better-sse shows it: a session for each client, a channel for each stream.
import { createServer } from 'node:http';
import { type Channel, createChannel, createSession } from 'better-sse';
import { requestLines } from './request-lines.js';

/** Events that a client gets when it connects. */
const HISTORY = 100;

interface Stream {
  readonly channel: Channel;
  readonly history: { readonly id: string; readonly data: unknown }[];
  count: number;
}

const streams = new Map<string, Stream>();

const server = createServer((request, response) => {
  const stream = streamAt(request.url ?? '/');
  if (request.method === 'POST') {
    void requestLines(request).then((events) => {
      for (const data of events) broadcast(stream, data);
      response.writeHead(204).end();
    });
    return;
  }
  void createSession(request, response).then(async (session) => {
    if (stream.history.length > 0) {
      await session.batch((buffer) => {
        for (const { id, data } of stream.history) buffer.push(data, 'bench', id);
      });
    }
    stream.channel.register(session);
  });
});

server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4_096 });

function streamAt(path: string): Stream {
  let stream = streams.get(path);
  if (stream === undefined) {
    stream = { channel: createChannel(), history: [], count: 0 };
    streams.set(path, stream);
  }
  return stream;
}

function broadcast(stream: Stream, data: unknown): void {
  stream.count += 1;
  const id = String(stream.count);
  stream.history.push({ id, data });
  if (stream.history.length > HISTORY) stream.history.shift();
  stream.channel.broadcast(data, 'bench', { eventId: id });
}
