import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import { serve, serveSessions, stopServing, whenStopping } from '../../test/serving.js';
import { RawClient } from '../../test/test-server.js';
import { until } from '../../test/turns.js';
import { createSession } from './create-session.js';

afterEach(stopServing);

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
    whenStopping(() => source.close());
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
      for (const nothing of [undefined, {}, { raw: {} }] as unknown as ServerResponse[]) {
        await expect(createSession(req, nothing)).rejects.toMatchObject({ code: 'bad-response' });
      }
      const fetched = new Request('http://localhost/') as unknown as typeof req;
      await expect(createSession(fetched, res)).rejects.toMatchObject({ code: 'bad-response' });
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
      whenStopping(() => socket.destroy());
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
    whenStopping(() => socket.destroy());
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
