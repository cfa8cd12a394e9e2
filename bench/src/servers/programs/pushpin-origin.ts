// The application behind pushpin: it keeps the last events of each stream, and has pushpin deliver new ones.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { HeldStream } from './held-stream.js';
import { requestLines } from './request-lines.js';

const controlPort = Number(process.argv[3]);
const streams = new Map<string, HeldStream>();

const server = createServer((incoming, response) => {
  const stream = streamAt(incoming.url ?? '/');
  if (incoming.method === 'POST') {
    void requestLines(incoming)
      .then((events) => publish(stream.add(events)))
      .then((status) => response.writeHead(status).end());
    return;
  }
  response.writeHead(200, stream.holdHeaders).end(stream.replay());
});

server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4_096 });

function streamAt(path: string): HeldStream {
  let stream = streams.get(path);
  if (stream === undefined) {
    stream = new HeldStream(path.slice(1));
    streams.set(path, stream);
  }
  return stream;
}

/** Resolves with the status for the publisher, when pushpin has taken the events. */
async function publish(body: string): Promise<number> {
  const outgoing = request({ host: '127.0.0.1', port: controlPort, method: 'POST', path: '/publish/' });
  outgoing.end(body);
  const [answer] = await once(outgoing, 'response');
  answer.resume();
  return answer.statusCode === 200 ? 204 : 502;
}
