import { createServer, type IncomingMessage, request as openRequest, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Problem } from '#libs/contracts';
import { readBody } from './read-body.js';
import { readJson } from './read-text.js';

const LIMIT = 2048;

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Serves one way of reading: answers the result, or the code of the problem with its status. */
async function serve(read: (request: IncomingMessage) => Promise<unknown>): Promise<number> {
  server = createServer((request, response) => {
    read(request).then(
      (value) => response.end(JSON.stringify(Buffer.isBuffer(value) ? value.toString('latin1') : value)),
      (error: unknown) => {
        response.statusCode = error instanceof Problem ? error.status : 500;
        response.end(error instanceof Problem ? error.code : String(error));
      },
    );
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

interface Sent {
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly chunked?: boolean;
}

async function send(port: number, { body, headers = {}, chunked = false }: Sent) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const length = chunked ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const request = openRequest({ port, method: 'POST', headers: { ...headers, ...length } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const reading = (request: IncomingMessage) => readBody(request, { limitBytes: LIMIT });
const readingJson = (request: IncomingMessage) => readJson(request, { limitBytes: LIMIT });

describe('readBody', () => {
  it.each([false, true])(
    'takes a body of exactly the limit and refuses one byte more (chunked: %s)',
    async (chunked) => {
      const port = await serve(reading);
      expect((await send(port, { body: 'x'.repeat(LIMIT), chunked })).text).toHaveLength(LIMIT + 2);
      expect(await send(port, { body: 'x'.repeat(LIMIT + 1), chunked })).toEqual({
        status: 413,
        text: 'too-large',
      });
    },
  );

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', Buffer.from],
  ])('inflates %s', async (encoding, deflate) => {
    const port = await serve(reading);
    const sent = { body: deflate(Buffer.from('some text')), headers: { 'Content-Encoding': encoding } };
    expect(await send(port, sent)).toEqual({ status: 200, text: '"some text"' });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('counts what comes out of %s', async (encoding, deflate) => {
    const port = await serve(reading);
    const bomb = deflate(Buffer.alloc(8 * 1024 * 1024));
    const sent = { body: bomb.subarray(0, LIMIT), headers: { 'Content-Encoding': encoding } };
    expect(await send(port, sent)).toEqual({ status: 413, text: 'too-large' });
  });

  it('counts what goes into an inflater that gives nothing out', async () => {
    const port = await serve(reading);
    const empty = gzipSync('');
    const body = Buffer.concat(Array.from({ length: 200 }, () => empty));
    const sent = { body, headers: { 'Content-Encoding': 'gzip' }, chunked: true };
    expect(await send(port, sent)).toEqual({ status: 413, text: 'too-large' });
  });

  it('refuses data that is not what its encoding says, and data that is cut off', async () => {
    const port = await serve(reading);
    const headers = { 'Content-Encoding': 'gzip' };
    const refused = { status: 400, text: 'malformed-request' };
    expect(await send(port, { body: 'no gzip', headers })).toEqual(refused);
    expect(await send(port, { body: gzipSync('some text').subarray(0, 12), headers })).toEqual(refused);
  });

  it('refuses encodings that it does not know', async () => {
    const port = await serve(reading);
    const sent = { body: 'x', headers: { 'Content-Encoding': 'zstd' } };
    expect(await send(port, sent)).toEqual({ status: 415, text: 'unsupported-media-type' });
  });

  it('answers the sender of a body that is far too large, and goes on serving the connection', async () => {
    const port = await serve(reading);
    const sent = { body: Buffer.alloc(3 * 1024 * 1024), chunked: true };
    expect(await send(port, sent)).toEqual({ status: 413, text: 'too-large' });
    expect((await send(port, { body: 'x' })).status).toBe(200);
  });

  it('breaks a sender off who never stops', async () => {
    const port = await serve(reading);
    const socket = connect(port, '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => {});
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const write = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', write).resume();
    write();
    await closed;
  });

  it('gives up when the sender goes away in the middle', async () => {
    let settled: (problem: unknown) => void = () => {};
    const failure = new Promise((resolve) => {
      settled = resolve;
    });
    const port = await serve((request) => {
      const body = reading(request);
      body.catch(settled);
      return body;
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsome', () => socket.destroy());
    expect(await failure).toMatchObject({ code: 'malformed-request' });
  });

  it('gives up at once when the sender went away before anybody read', async () => {
    let settled: (problem: unknown) => void = () => {};
    const failure = new Promise((resolve) => {
      settled = resolve;
    });
    const port = await serve(async (request) => {
      await new Promise((resolve) => request.on('close', resolve));
      await reading(request).catch(settled);
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsome', () => socket.destroy());
    expect(await failure).toMatchObject({ code: 'malformed-request' });
  });

  it('says so when the body was read before', async () => {
    const port = await serve(async (request) => {
      await reading(request);
      return reading(request);
    });
    expect((await send(port, { body: 'x' })).text).toContain('read before');
  });
});

describe('readJson', () => {
  it.each([
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/vnd.api+json',
    'application/json;charset="utf8"',
  ])('reads %s', async (type) => {
    const port = await serve(readingJson);
    const sent = { body: '\uFEFF{"ü":[1]}', headers: { 'Content-Type': type } };
    expect(await send(port, sent)).toEqual({ status: 200, text: '{"ü":[1]}' });
  });

  it.each(['text/plain', 'application/jsonp', 'application/json; charset=latin1', ''])(
    'refuses %j',
    async (type) => {
      const port = await serve(readingJson);
      const headers: Record<string, string> = type === '' ? {} : { 'Content-Type': type };
      expect(await send(port, { body: '{}', headers })).toMatchObject({ status: 415 });
    },
  );

  it.each([
    ['{'],
    [''],
    ['{"a":1}}'],
    [Buffer.from([0x22, 0xff, 0x22])],
    [`${'['.repeat(515)}${']'.repeat(515)}`],
  ])('refuses what is no JSON in UTF-8 or too deep: %#', async (body) => {
    const port = await serve(readingJson);
    const headers = { 'Content-Type': 'application/json' };
    expect(await send(port, { body, headers })).toEqual({ status: 400, text: 'malformed-request' });
  });
});
