import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { serve, serveSessions, stopServing, whenStopping } from '../../test/serving.js';
import { RawClient } from '../../test/test-server.js';
import { settle, until } from '../../test/turns.js';
import { createSession } from './create-session.js';
import type { Session } from './session.js';

afterEach(stopServing);

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
    whenStopping(() => socket.destroy());
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
