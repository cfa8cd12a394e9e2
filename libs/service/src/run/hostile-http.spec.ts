import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { closeTestServices, exchange, startTestService } from '../../test/start-test-service.js';
import { readBody } from '../request/read-body.js';
import type { HttpLimits } from './http-limits.js';

/** What reached a handler, in order. */
let handled: string[] = [];

@Controller()
class CountingController {
  @Post('in')
  async in(@Req() request: Request) {
    const body = await readBody(request, { limitBytes: 1024 });
    handled.push(`in ${body.toString('latin1')}`);
    return {};
  }

  @Get('secret')
  secret() {
    handled.push('secret');
    return {};
  }
}

const start = (httpLimits: Partial<HttpLimits> = {}) =>
  startTestService({ controllers: [CountingController], httpLimits });
/** Short enough for a test, and nowhere else. */
const SHORT = { headersTimeoutMs: 300, requestTimeoutMs: 600, checkIntervalMs: 20 };

afterEach(async () => {
  await closeTestServices();
  handled = [];
});

const statusOf = (answer: string) => Number(answer.split(' ')[1]);
const SECOND = 'GET /secret HTTP/1.1\r\nHost: x\r\n\r\n';

/** A request to /in with these header lines. */
const post = (lines: string, body = '') => `POST /in HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n${body}`;

describe('what a proxy in front might read as another request', () => {
  it.each([
    ['a length beside chunks', post('Content-Length: 6\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SECOND}`)],
    ['chunks beside a length', post('Transfer-Encoding: chunked\r\nContent-Length: 4', `0\r\n\r\n${SECOND}`)],
    ['two lengths', post('Content-Length: 0\r\nContent-Length: 36', SECOND)],
    ['one length twice', post('Content-Length: 0\r\nContent-Length: 0', SECOND)],
    ['two lengths in one line', post('Content-Length: 0, 36', SECOND)],
    ['a length with a sign', post('Content-Length: +3', `abc${SECOND}`)],
    ['a length that is not decimal', post('Content-Length: 0x3', `abc${SECOND}`)],
    ['a length that overflows', post('Content-Length: 18446744073709551617', SECOND)],
    ['a space before the colon', post('Content-Length : 36', SECOND)],
    ['an encoding that is not known', post('Transfer-Encoding: xchunked', `0\r\n\r\n${SECOND}`)],
    ['chunks that are not last', post('Transfer-Encoding: chunked, identity', `0\r\n\r\n${SECOND}`)],
    ['chunks by a tab', post('Transfer-Encoding:\u000bchunked', `0\r\n\r\n${SECOND}`)],
    ['a header over two lines', post('X-A: b\r\n Transfer-Encoding: chunked', SECOND)],
    ['an encoding over two lines', post('Transfer-Encoding:\r\n chunked', `0\r\n\r\n${SECOND}`)],
    ['a chunk with a length that is none', post('Transfer-Encoding: chunked', `-1\r\n\r\n${SECOND}`)],
    ['a chunk with too large a length', post('Transfer-Encoding: chunked', `fffffffffffffffff\r\n${SECOND}`)],
    ['a chunk without an end', post('Transfer-Encoding: chunked', `1\r\naX\r\n0\r\n\r\n${SECOND}`)],
    ['two hosts', 'GET /secret HTTP/1.1\r\nHost: x\r\nhost: y\r\nConnection: close\r\n\r\n'],
    ['a bare CR in a header', post('X-A: b\rContent-Length: 36', SECOND)],
    ['a NUL in a header', post('X-A: b\0c', SECOND)],
    ['an empty header name', post(': b', SECOND)],
  ])('is refused, and the connection closed: %s', async (_what, text) => {
    const { port } = await start();
    const answer = await exchange(port, text);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(statusOf(answer)).toBe(400);
    expect(answer).toMatch(/application\/problem\+json/);
    expect(handled).not.toContain('secret');
  });

  it('is not read out of a body that was not wanted', async () => {
    const { port } = await start();
    const text = `GET /secret HTTP/1.1\r\nHost: x\r\nContent-Length: ${SECOND.length}\r\nConnection: close\r\n\r\n${SECOND}`;
    const answer = await exchange(port, text);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(handled).toEqual(['secret']);
  });

  it('is not read out of a body that was too large', async () => {
    const { port } = await start();
    const body = SECOND.repeat(100);
    const answer = await exchange(port, post(`Content-Length: ${body.length}\r\nConnection: close`, body));
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(statusOf(answer)).toBe(413);
    expect(handled).toEqual([]);
  });
});

describe('what takes too much', () => {
  it.each([
    ['a request line', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    ['a header', `GET / HTTP/1.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['many headers', `GET / HTTP/1.1\r\n${'Name: value\r\n'.repeat(5_000)}\r\n`, 431],
    ['a trailer', post('Transfer-Encoding: chunked', `0\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`), 431],
    [
      'chunk extensions',
      post('Transfer-Encoding: chunked', `1;${'a'.repeat(20_000)}\r\na\r\n0\r\n\r\n`),
      413,
    ],
    [
      'chunks of a byte',
      post('Transfer-Encoding: chunked\r\nConnection: close', `${'1\r\na\r\n'.repeat(2_000)}0\r\n\r\n`),
      413,
    ],
  ])('is refused: %s', async (_what, text, status) => {
    const { port } = await start();
    expect(statusOf(await exchange(port, text))).toBe(status);
    expect(handled).toEqual([]);
  });

  it('loses no header without a word, however many fit', async () => {
    const { port } = await start();
    const head = `POST /in HTTP/1.1\r\n${'a:\r\n'.repeat(3_000)}Host: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok`;
    expect(statusOf(await exchange(port, head))).toBe(201);
    expect(handled).toEqual(['in ok']);
  });
});

describe('what takes too long', () => {
  /** Sends one character after the other until the connection has ended. @returns the answer */
  async function drip(port: number, first: string, text: string): Promise<string> {
    let answer = '';
    let over = false;
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1');
    socket.write(first);
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      over = true;
    });
    for (let at = 0; !over && at < text.length; at += 1) {
      socket.write(text[at] as string);
      await sleep(10);
    }
    while (!over) await sleep(10);
    return answer;
  }

  it.each([
    ['headers', 'GET /secret HTTP/1.1\r\n', `X: ${'a'.repeat(10_000)}`],
    ['a body with a length', post('Content-Length: 1000').slice(0, -2), `\r\n${'a'.repeat(999)}`],
    ['chunks', post('Transfer-Encoding: chunked'), '1\r\na\r\n'.repeat(1_000)],
    ['nothing at all', '', ''],
  ])('is ended in time, though it never stops: %s', async (_what, first, rest) => {
    const { port } = await start(SHORT);
    const answer = await drip(port, first, rest);
    expect([408, 413]).toContain(statusOf(answer));
    expect(handled).toEqual([]);
  });
});

describe('what is another protocol', () => {
  it.each([
    ['HTTP/2 by prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 (?:400|505) /],
    ['HTTP/0.9', 'GET /secret\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a version of the future', 'GET /secret HTTP/9.9\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 (?:400|505) /],
    ['TLS', '\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc', /^HTTP\/1\.1 400 /],
    ['a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', /^(?!HTTP\/1\.1 2)/],
    [
      'an echo',
      'TRACE /in HTTP/1.1\r\nHost: x\r\nX-Mine: y\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 40[0-9] (?![\s\S]*X-Mine)/,
    ],
    [
      'an upgrade',
      'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: h2c\r\n\r\n',
      /^HTTP\/1\.1 200 /,
    ],
    [
      'the whole server',
      'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 (?:204|40[0-9]) /,
    ],
  ])('is answered in ours or not at all: %s', async (_what, text, expected) => {
    const { port } = await start();
    expect(await exchange(port, text)).toMatch(expected);
    expect(handled).toEqual([]);
  });
});
