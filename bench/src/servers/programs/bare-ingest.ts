// What an ingest costs that checks nothing: a server on node:http that hands each event to nats.js's own publish.
// Started with its port, the address of NATS and a JetStream subject.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { jetstream } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';

/** Milliseconds that an acknowledgement may take. */
const ACK_MS = 20_000;

const [port = '', natsUrl = '', subject = ''] = process.argv.slice(2);
const client = jetstream(await connect({ servers: natsUrl }), { timeout: ACK_MS });
const fields = headers();
fields.set('Runnel-Channel', 'bench');

const server = createServer(async (request, response) => {
  const events = JSON.parse(await text(request)) as { payload: unknown }[];
  const acks = await Promise.all(
    events.map(({ payload }) => client.publish(subject, JSON.stringify(payload), { headers: fields })),
  );
  const stored = acks.map(({ seq, duplicate }) => ({ id: String(seq), duplicate }));
  const answer = JSON.stringify({ events: stored });
  const length = Buffer.byteLength(answer);
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': length }).end(answer);
});

server.listen({ port: Number(port), host: '127.0.0.1' });
