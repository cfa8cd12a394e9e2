import type { IncomingMessage, ServerResponse } from 'node:http';
import { createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import express from 'express';
import { serve, stopServing, whenStopping } from '../../test/serving.js';
import { RawClient } from '../../test/test-server.js';
import { createSession } from './create-session.js';
import type { Session } from './session.js';

afterEach(stopServing);

async function listen(app: (req: IncomingMessage, res: ServerResponse) => unknown): Promise<string> {
  const server = await serve(app);
  return server.url;
}

describe('Express', () => {
  it('has its sessions opened by its own request and response, with the headers that were set on it', async () => {
    const app = express();
    app.use((_req, res, next) => {
      res.set('X-Team', 'one');
      next();
    });
    app.get('/sse', async (req, res) => {
      const session = await createSession(req, res);
      session.push('Hello world!', 'ping');
    });
    const url = await listen(app);
    const source = new EventSource(`${url}/sse`);
    whenStopping(() => source.close());
    const [event] = await new Promise<[{ data: string }]>((resolve) => {
      source.addEventListener('ping', (...args) => resolve(args));
    });
    expect(event.data).toBe('"Hello world!"');
    const { response } = await RawClient.open(`${url}/sse`);
    expect(response.headers).toMatchObject({ 'x-team': 'one', 'content-type': 'text/event-stream' });
  });

  it('may have a middleware that compresses: the stream goes through it, each event at once', async () => {
    const app = express();
    app.use((_req, res, next) => {
      // What compressing middlewares do: they take the place of write and end, and offer flush.
      const gzip = createGzip();
      const [write, end] = [res.write.bind(res), res.end.bind(res)];
      gzip.on('data', (bytes) => write(bytes));
      gzip.on('end', () => end());
      res.setHeader('Content-Encoding', 'gzip');
      res.write = ((bytes: Uint8Array) => gzip.write(bytes)) as typeof res.write;
      res.end = (() => {
        gzip.end();
        return res;
      }) as typeof res.end;
      Object.assign(res, { flush: () => gzip.flush() });
      next();
    });
    const sessions: Session[] = [];
    app.get('/sse', async (req, res) => {
      sessions.push(await createSession(req, res));
    });
    const response = await fetch(`${await listen(app)}/sse`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    whenStopping(() => reader?.cancel());
    let text = '';
    for (const count of [1, 2, 3]) {
      sessions[0]?.push(count);
      while (!text.includes(`data: ${count}`)) text += (await reader?.read())?.value ?? '';
    }
    expect(text).toBe('retry: 2000\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\n');
  });
});

describe('Fastify', () => {
  /** Fastify's reply, as far as a handler that takes the response over sees it. */
  function replyOf(raw: ServerResponse) {
    const calls: string[] = [];
    const headers = { 'access-control-allow-origin': 'https://example.com' };
    return { raw, calls, getHeaders: () => headers, hijack: () => calls.push('hijack') };
  }

  it('has its sessions opened by request and reply, which are taken over with the headers that plugins have set', async () => {
    const replies: ReturnType<typeof replyOf>[] = [];
    const url = await listen(async (raw, rawReply) => {
      const reply = replyOf(rawReply);
      replies.push(reply);
      const session = await createSession({ raw }, reply);
      session.push(1);
      session.end();
    });
    const client = await RawClient.open(url);
    await client.end();
    expect(client.response.headers).toMatchObject({ 'access-control-allow-origin': 'https://example.com' });
    expect(client.text).toBe('retry: 2000\n\ndata: 1\n\n');
    expect(replies[0]?.calls).toEqual(['hijack']);
  });

  it('may also give the raw request and response, as its users do', async () => {
    const url = await listen(async (raw, rawReply) => {
      const [request, reply] = [{ raw }, replyOf(rawReply)];
      const session = await createSession(request.raw, reply.raw);
      session.push(1);
      session.end();
    });
    const client = await RawClient.open(url);
    await client.end();
    expect(client.text).toContain('data: 1\n\n');
  });

  it('is told by an error what cannot be sent, and may still answer', async () => {
    const url = await listen(async (raw, rawReply) => {
      const reply = { ...replyOf(rawReply), getHeaders: () => ({ 'x-a': 'a\r\nb: c' }) };
      await expect(createSession({ raw }, reply)).rejects.toMatchObject({ code: 'bad-option' });
      await expect(createSession({ raw }, replyOf(rawReply), { retry: -1 })).rejects.toThrow();
      expect(reply.calls).toEqual([]);
      rawReply.writeHead(418).end();
    });
    expect((await RawClient.open(url)).response.statusCode).toBe(418);
  });
});
