#!/usr/bin/env node
// What `nats request --raw` of the NATS command line does, for tests on machines without it: the protocol by hand, over
// a socket. It understands the options that examples/nats-publisher/publish.sh gives, and no others.
import { connect } from 'node:net';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'inbox-prefix': { type: 'string' },
    raw: { type: 'boolean' },
    header: { type: 'string', short: 'H', multiple: true, default: [] },
  },
});
const [command, subject, payload] = positionals;
if (command !== 'request' || !values.raw) throw new Error('Only "request --raw" is understood.');

const inbox = `${values['inbox-prefix']}.1`;
const fields = values.header.map((field) => field.replace(':', ': '));
const head = Buffer.from(`${['NATS/1.0', ...fields].join('\r\n')}\r\n\r\n`);
const body = Buffer.from(payload);
const login = { auth_token: process.env.NATS_USER, headers: true, no_responders: true, verbose: false };

const { hostname, port } = new URL(process.env.NATS_URL);
const socket = connect(Number(port), hostname);
socket.write(`CONNECT ${JSON.stringify(login)}\r\nSUB ${inbox} 1\r\n`);
socket.write(`HPUB ${subject} ${inbox} ${head.length} ${head.length + body.length}\r\n`);
socket.write(Buffer.concat([head, body, Buffer.from('\r\n')]));

let heard = '';
for await (const bytes of socket) {
  heard += bytes;
  const refusal = /-ERR (.*)\r\n/.exec(heard)?.[1];
  if (refusal !== undefined) throw new Error(refusal);
  const answer = /\r\nMSG \S+ 1 \d+\r\n(.*)\r\n/.exec(heard)?.[1];
  if (answer === undefined) continue;
  console.log(answer);
  break;
}
