import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { closeTestServices, exchange, startTestService } from '../../test/start-test-service.js';
import type { HttpLimits } from '../run/http-limits.js';

@Controller()
class PathController {
  @Get('path/:id')
  path(@Param('id') id: string) {
    return id;
  }

  @Get('endless')
  endless(@Res() response: ServerResponse) {
    response.write('begun');
  }
}

const start = (httpLimits: Partial<HttpLimits> = {}) =>
  startTestService({ controllers: [PathController], httpLimits });

/** Status and problem document of a raw answer. */
function read(answer: string): {
  status: number;
  document: { status: number; type: string; instance?: string };
} {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(/content-type: application\/problem\+json/i);
  expect(head).toMatch(/x-content-type-options: nosniff/i);
  expect(head).toMatch(new RegExp(`content-length: ${body.length}`, 'i'));
  return { status: Number(head.split(' ')[1]), document: JSON.parse(body) };
}

const LAST = 'Host: x\r\nConnection: close\r\n\r\n';

afterEach(closeTestServices);

describe('a request that no route ever sees', () => {
  it.each([
    ['a path that cannot be decoded', `GET /path/%zz HTTP/1.1\r\n${LAST}`, 400],
    ['such a path that no route knows', `GET /%zz HTTP/1.1\r\n${LAST}`, 400],
    ['bytes that are not UTF-8 in the path', `GET /path/%ff HTTP/1.1\r\n${LAST}`, 400],
    ['a missing host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['an unknown expectation', `GET /healthz HTTP/1.1\r\nExpect: wonders\r\n${LAST}`, 417],
  ])('is answered with a problem that names the request: %s', async (_what, text, status) => {
    const { port } = await start();
    const answer = read(await exchange(port, text));
    expect([answer.status, answer.document.status]).toEqual([status, status]);
    expect(answer.document.instance).toMatch(/./);
  });

  it.each([
    ['what is not HTTP', 'hello\r\n\r\n', 400],
    ['an unknown method', `BREW / HTTP/1.1\r\n${LAST}`, 400],
    ['a space in the path', `GET /a b HTTP/1.1\r\n${LAST}`, 400],
    ['a bad header', `GET / HTTP/1.1\r\nBad Header: x\r\n${LAST}`, 400],
    ['a control character in a header', `GET / HTTP/1.1\r\nX: a\u0001b\r\n${LAST}`, 400],
    ['two lengths', `POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n${LAST}`, 400],
    ['headers over 16 KiB', `GET / HTTP/1.1\r\nX: ${'a'.repeat(17 * 1024)}\r\n${LAST}`, 431],
  ])('is answered with a problem before there is a request: %s', async (_what, text, status) => {
    const { port } = await start();
    const answer = read(await exchange(port, text));
    expect([answer.status, answer.document.status]).toEqual([status, status]);
  });

  it('is answered with a problem when its headers do not arrive in time', async () => {
    const { port } = await start({ headersTimeoutMs: 50, checkIntervalMs: 10 });
    const answer = read(await exchange(port, 'GET / HTTP/1.1\r\nHost: x\r\n'));
    expect([answer.status, answer.document.status]).toEqual([408, 408]);
  });

  it('is not answered into the middle of a response', async () => {
    const { port } = await start();
    const answer = await exchange(port, 'GET /endless HTTP/1.1\r\nHost: x\r\n\r\n', 'nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).not.toContain('400');
  });

  it('may name the whole address, as a proxy does', async () => {
    const { port } = await start();
    expect(await exchange(port, `GET http://x/healthz?a HTTP/1.1\r\n${LAST}`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await exchange(port, `POST http://x/healthz HTTP/1.1\r\n${LAST}`)).toMatch(/^HTTP\/1\.1 405 /);
  });
});
