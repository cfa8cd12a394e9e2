import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { stopServing, whenStopping } from '../../test/serving.js';
import { RawClient } from '../../test/test-server.js';
import { until } from '../../test/turns.js';
import { createChannel } from '../channel/create-channel.js';
import { createSession } from './create-session.js';
import type { Session } from './session.js';

afterEach(stopServing);

/** A key that both sides know takes the place of a certificate. */
const PSK = { key: Buffer.alloc(16, 7), ciphers: 'PSK-AES128-GCM-SHA256' };
const TLS = { ciphers: PSK.ciphers, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;

type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => unknown;

const protocols: [string, (handler: Http2Handler) => Promise<ClientHttp2Session>][] = [
  [
    'HTTP/2 without TLS',
    async (handler) => {
      const server = createServer((req, res) => void handler(req, res));
      return connect(`http://localhost:${await portOf(server)}`);
    },
  ],
  [
    'HTTP/2 over TLS',
    async (handler) => {
      const options = { ...TLS, pskCallback: () => PSK.key };
      const server = createSecureServer(options, (req, res) => void handler(req, res));
      return connect(`https://localhost:${await portOf(server)}`, {
        ...TLS,
        pskCallback: () => ({ psk: PSK.key, identity: 'client' }),
        checkServerIdentity: () => undefined,
      });
    },
  ],
];

async function portOf(server: Http2Server | Http2SecureServer): Promise<number> {
  server.listen(0);
  await once(server, 'listening');
  whenStopping(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A stream's text as it comes, and how it ended. */
function follow(stream: ClientHttp2Stream) {
  const client = { text: '', closed: false, stream };
  stream.setEncoding('utf8').on('data', (text: string) => {
    client.text += text;
  });
  stream.on('error', () => {});
  stream.on('close', () => {
    client.closed = true;
  });
  return client;
}

describe.each(protocols)('%s', (_name, start) => {
  async function startSessions() {
    const sessions: Session[] = [];
    const reasons: string[] = [];
    const client = await start(async (req, res) => {
      res.setHeader('X-Team', 'one');
      const headers = { Connection: 'keep-alive', 'X-Two': ['a', 'b'] };
      const session = await createSession(req, res, { headers, maxPendingBytes: 100_000 });
      session.on('disconnected', (reason) => reasons.push(`${req.url} ${reason}`));
      sessions.push(session);
    });
    whenStopping(() => client.close());
    const open = (path: string) => follow(client.request({ ':path': path, 'last-event-id': 'h' }));
    return { sessions, reasons, client, open };
  }

  it('carries a stream with its headers, but those of connections', async () => {
    const { sessions, open } = await startSessions();
    const { stream, ...client } = open('/a');
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers).toMatchObject({
      ':status': 200,
      'content-type': 'text/event-stream',
      'x-team': 'one',
      'x-two': 'a, b',
    });
    expect(headers).not.toHaveProperty('connection');
    await until(() => sessions.length === 1);
    expect(sessions[0]?.lastId).toBe('h');
    expect(client.closed).toBe(false);
    stream.close();
    await until(() => sessions[0]?.isConnected === false);
  });

  it('carries many streams on one connection, each of which ends for itself', async () => {
    const { sessions, reasons, open } = await startSessions();
    const clients = [open('/0'), open('/1'), open('/2')];
    await until(() => sessions.length === 3);
    const channel = createChannel();
    for (const session of sessions) channel.register(session);
    channel.broadcast('to all', 'e', { eventId: '1' });
    await until(() => clients.every(({ text }) => text.includes('to all')));
    clients[0]?.stream.close();
    await until(() => channel.sessionCount === 2);
    channel.broadcast('to two');
    sessions[1]?.end();
    await until(() => clients[1]?.closed === true);
    channel.broadcast('to one');
    await until(() => clients[2]?.text.endsWith('data: "to one"\n\n') === true);
    const start = 'retry: 2000\n\nid: 1\nevent: e\ndata: "to all"\n\n';
    expect(clients.map(({ text }) => text)).toEqual([
      start,
      `${start}data: "to two"\n\n`,
      `${start}data: "to two"\n\ndata: "to one"\n\n`,
    ]);
    expect(reasons).toEqual(['/0 client', '/1 ended']);
    sessions[2]?.end();
    await until(() => clients[2]?.closed === true);
  });

  it('cuts the stream of a slow client alone', async () => {
    const { sessions, reasons, open } = await startSessions();
    const [slow, quick] = [open('/slow'), open('/quick')];
    await until(() => sessions.length === 2 && quick.text !== '');
    slow.stream.pause();
    const channel = createChannel();
    for (const session of sessions) channel.register(session);
    let sent = 0;
    while (reasons.length === 0) {
      channel.broadcast('x'.repeat(10_000));
      sent += 1;
      await until(() => quick.text.split('data: ').length === sent + 1);
      expect(sessions.every(({ pendingBytes }) => pendingBytes < 150_000)).toBe(true);
    }
    expect(reasons).toEqual(['/slow slow']);
    expect(quick.closed).toBe(false);
    slow.stream.resume();
    await until(() => slow.closed);
    const last = sessions.find(({ isConnected }) => isConnected);
    last?.push('still there');
    await until(() => quick.text.includes('still there'));
    last?.end();
    await until(() => quick.closed);
  });

  it('ends when the program ends the response itself', async () => {
    const responses: Http2ServerResponse[] = [];
    const sessions: Session[] = [];
    const client = await start(async (req, res) => {
      responses.push(res);
      sessions.push(await createSession(req, res));
    });
    whenStopping(() => client.close());
    const stream = follow(client.request({ ':path': '/' }));
    await until(() => stream.text !== '');
    responses[0]?.end();
    sessions[0]?.push('too late');
    await until(() => stream.closed && sessions[0]?.isConnected === false);
    expect(stream.text).toBe('retry: 2000\n\n');
  });
});

describe('a server that speaks HTTP/1 and HTTP/2', () => {
  it('has sessions of both in one channel', async () => {
    const channel = createChannel();
    const handler = async (
      req: IncomingMessage | Http2ServerRequest,
      res: ServerResponse | Http2ServerResponse,
    ) => {
      channel.register(await createSession(req, res, { retry: null }));
    };
    const http2 = createServer((req, res) => void handler(req, res));
    const http1 = createHttpServer((req, res) => void handler(req, res));
    const client = connect(`http://localhost:${await portOf(http2)}`);
    whenStopping(() => client.close());
    const second = follow(client.request({ ':path': '/' }));
    http1.listen(0);
    whenStopping(() => http1.close());
    const first = await RawClient.open(`http://localhost:${(http1.address() as AddressInfo).port}`);
    await until(() => channel.sessionCount === 2);
    channel.broadcast(1);
    await until(() => first.text.includes('data: 1') && second.text.includes('data: 1'));
    expect(first.text).toBe(second.text);
    for (const session of channel.activeSessions) session.end();
    await until(() => channel.sessionCount === 0 && second.closed);
  });
});
