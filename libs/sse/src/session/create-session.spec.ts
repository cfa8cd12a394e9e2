import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import { type Handler, RawClient, TestServer } from '../../test/test-server.js';
import { settle, until } from '../../test/turns.js';
import { createSession } from './create-session.js';
import type { Session } from './session.js';
import type { SessionOptions } from './session-options.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function serve(handler: Handler): Promise<TestServer> {
  const server = await TestServer.start(handler);
  stops.push(() => server.stop());
  return server;
}

/** A server that opens a session for each request and hands it over. */
async function serveSessions(options: SessionOptions = {}, prepare?: (res: ServerResponse) => void) {
  const sessions: Session[] = [];
  const server = await serve(async (req, res) => {
    prepare?.(res);
    sessions.push(await createSession(req, res, options));
  });
  const first = async (): Promise<Session> => {
    await until(() => sessions.length > 0);
    return sessions[0] as Session;
  };
  return { ...server, url: server.url, port: server.port, sessions, first };
}

describe('createSession', () => {
  it('brings events to an EventSource, which goes on where it was after the stream has ended', async () => {
    const cursors: string[] = [];
    const { url } = await serve(async (req, res) => {
      const session = await createSession(req, res, { retry: 10 });
      cursors.push(session.lastId);
      session.push({ at: cursors.length }, 'tick', `id-${cursors.length}`);
      if (cursors.length < 3) session.end();
    });
    const source = new EventSource(url);
    stops.push(() => source.close());
    const events: unknown[] = [];
    source.addEventListener('tick', ({ data, lastEventId }) => events.push([data, lastEventId]));
    await until(() => events.length === 3);
    expect(events).toEqual([
      ['{"at":1}', 'id-1'],
      ['{"at":2}', 'id-2'],
      ['{"at":3}', 'id-3'],
    ]);
    expect(cursors).toEqual(['', 'id-1', 'id-2']);
  });

  it('sends a head that no proxy holds back', async () => {
    const { url } = await serveSessions();
    const { response } = await RawClient.open(url);
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'transfer-encoding': 'chunked',
    });
  });

  it('takes headers from the response and from the options, whatever their case, and leaves out what is undefined', async () => {
    const headers = {
      'CACHE-CONTROL': 'no-cache',
      'X-Accel-Buffering': undefined,
      'x-powered-by': undefined,
      'X-Two': ['a', 'b'],
    };
    const { url } = await serveSessions({ headers }, (res) => {
      res.setHeader('X-Powered-By', 'somebody');
      res.setHeader('Access-Control-Allow-Origin', '*');
      res.setHeader('Content-Length', '5');
    });
    const { response } = await RawClient.open(url);
    expect(response.headers).toMatchObject({
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
      'x-two': 'a, b',
    });
    for (const absent of ['x-accel-buffering', 'x-powered-by', 'content-length']) {
      expect(response.headers).not.toHaveProperty(absent);
    }
  });

  it.each([
    { headers: { 'X-A': 'a\r\nSet-Cookie: forged' } },
    { headers: { 'X-A\r\nX-B': 'a' } },
    { statusCode: 99 },
    { statusCode: 600 },
    { retry: -1 },
  ])('rejects %j before anything is sent', async (options) => {
    const { url } = await serve(async (req, res) => {
      await expect(createSession(req, res, options)).rejects.toMatchObject({ code: 'bad-option' });
      res.writeHead(418).end();
    });
    expect((await RawClient.open(url)).response.statusCode).toBe(418);
  });

  it('rejects a response that has begun, and what is no response', async () => {
    const { url } = await serve(async (req, res) => {
      res.writeHead(200);
      await expect(createSession(req, res)).rejects.toMatchObject({ code: 'bad-response' });
      const nothing = {} as unknown as ServerResponse;
      await expect(createSession(req, nothing)).rejects.toMatchObject({ code: 'bad-response' });
      res.end('so');
    });
    const client = await RawClient.open(url);
    await client.end();
    expect(client.text).toBe('so');
  });

  it.each([
    [204, 'GET'],
    [307, 'GET'],
    [200, 'HEAD'],
  ])(
    'sends no more than the head for status %s to %s, and the connection serves the next request',
    async (statusCode, method) => {
      const reasons: string[] = [];
      const server = await serve(async (req, res) => {
        const headers = { Location: '/elsewhere' };
        const session = await createSession(req, res, { statusCode, headers });
        session.on('disconnected', (reason) => reasons.push(reason));
        expect(session.isConnected).toBe(false);
        expect(session.push('nothing')).toBe(false);
      });
      const socket = connectSocket(server.port, '127.0.0.1');
      stops.push(() => socket.destroy());
      let text = '';
      socket.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      for (const count of [1, 2]) {
        socket.write(`${method} / HTTP/1.1\r\nHost: x\r\n\r\n`);
        await until(
          () => text.split(`HTTP/1.1 ${statusCode}`).length === count + 1 && text.endsWith('\r\n\r\n'),
        );
      }
      expect(text).not.toContain('nothing');
      await until(() => reasons.length === 2);
      expect(reasons).toEqual(['ended', 'ended']);
    },
  );

  it('writes plain bytes to a client of HTTP/1.0', async () => {
    const server = await serve(async (req, res) => {
      const session = await createSession(req, res, { retry: null });
      session.push(1);
      session.end();
    });
    const socket = connectSocket(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.0\r\n\r\n');
    let text = '';
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    await once(socket, 'close');
    expect(text.split('\r\n\r\n')[1]).toBe(':\n\ndata: 1\n\n');
  });

  it('keeps two pipelined streams apart', async () => {
    const server = await serve(async (req, res) => {
      const session = await createSession(req, res, { retry: null });
      session.push(req.url);
      setImmediate(() => session.end());
    });
    const socket = connectSocket(server.port, '127.0.0.1');
    stops.push(() => socket.destroy());
    socket.write('GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n');
    let text = '';
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    await until(() => text.split('0\r\n\r\n').length === 3);
    const [first, second] = text.split('0\r\n\r\n');
    expect(first).toContain('data: "/a"');
    expect(second).toContain('data: "/b"');
    expect(first).not.toContain('/b');
  });
});

describe('a session whose client goes away', () => {
  it('is over with the reason client', async () => {
    const { url, first } = await serveSessions();
    const client = await RawClient.open(url);
    const session = await first();
    const disconnected = once(session, 'disconnected');
    client.leave();
    expect(await disconnected).toEqual(['client']);
    expect(session.isConnected).toBe(false);
  });

  it('throws nothing into the handler, at whatever moment that happens', async () => {
    const failures: unknown[] = [];
    const done: string[] = [];
    const handle = async (req: IncomingMessage, res: ServerResponse, cutAt: number) => {
      const cut = (step: number) => void (step === cutAt && req.socket.destroy());
      cut(0);
      const session = await createSession(req, res);
      cut(1);
      session.push(1);
      cut(2);
      await session.batch(async (buffer) => {
        buffer.push(2);
        cut(3);
        await settle();
      });
      cut(4);
      await session.iterate([3, 4, 5]);
      session.push(6);
      cut(5);
      await settle();
      session.push(7);
      session.end();
      done.push(req.url ?? '');
    };
    const { port } = await serve((req, res) => {
      const cutAt = Number(req.url?.slice(1));
      return handle(req, res, cutAt).catch((error: unknown) => failures.push(error));
    });
    for (let cutAt = 0; cutAt <= 6; cutAt += 1) {
      const socket = connectSocket(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      socket.write(`GET /${cutAt} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      await until(() => done.length + failures.length === cutAt + 1);
      socket.destroy();
    }
    expect(failures).toEqual([]);
    expect(done).toHaveLength(7);
  });

  it('resolves, and says that it is over to whoever listens then, when the client left before', async () => {
    const outcomes: unknown[] = [];
    const { port } = await serve(async (req, res) => {
      req.socket.destroy();
      await once(res, 'close');
      const session = await createSession(req, res);
      outcomes.push(session.isConnected, session.push(1));
      const [reason] = await once(session, 'disconnected');
      outcomes.push(reason);
    });
    const socket = connectSocket(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => outcomes.length === 3);
    expect(outcomes).toEqual([false, false, 'client']);
  });
});

describe('a session whose program ends it', () => {
  it('ends the response at a frame boundary, and the connection serves the next request', async () => {
    const server = await serve(async (req, res) => {
      const session = await createSession(req, res, { retry: null });
      session.push(req.url);
      session.end();
    });
    const socket = connectSocket(server.port, '127.0.0.1');
    stops.push(() => socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    for (const path of ['/a', '/b']) {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await until(() => text.includes(`"${path}"`) && text.endsWith('0\r\n\r\n'));
    }
    expect(text.split('0\r\n\r\n')).toHaveLength(3);
  });

  it('may end the response itself, after which nothing more is written', async () => {
    const sessions: Session[] = [];
    const { url } = await serve(async (req, res) => {
      const session = await createSession(req, res, { retry: null });
      sessions.push(session);
      session.push('last');
      await session.drained();
      res.end();
      session.push('too late');
    });
    const client = await RawClient.open(url);
    await client.end();
    expect(client.ended).toBe(true);
    expect(client.text).toBe(':\n\ndata: "last"\n\n');
    await until(() => sessions[0]?.isConnected === false);
  });
});
