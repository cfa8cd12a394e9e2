import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post, Req } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { closeTestServices, exchange, startTestService } from '../../test/start-test-service.js';
import { jsonBody } from './json-body.js';
import { readBody } from './read-body.js';

@Controller()
class EchoController {
  @Post('json')
  json(@Body() body: unknown) {
    return { type: typeof body, body };
  }

  @Post('raw')
  async raw(@Req() request: IncomingMessage) {
    return (await readBody(request, { limitBytes: 10 })).toString('latin1');
  }
}

const configure = (app: NestExpressApplication) => void app.use('/json', jsonBody({ limitBytes: 20 }));

async function post(
  path: string,
  body: string | Uint8Array | undefined,
  headers: Record<string, string> = {},
) {
  const { url } = await startTestService({ controllers: [EchoController], configure });
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, text: await response.text() };
}

afterEach(closeTestServices);

describe('jsonBody', () => {
  it('gives the controller the parsed body', async () => {
    const answer = await post('/json', '{"a":[1,"ü"]}', {
      'Content-Type': 'Application/JSON; charset=utf-8',
    });
    expect(answer).toEqual({ status: 201, text: '{"type":"object","body":{"a":[1,"ü"]}}' });
  });

  it('takes any JSON value, not only objects', async () => {
    expect((await post('/json', 'null')).text).toBe('{"type":"object","body":null}');
  });

  it('lets a request without a body pass', async () => {
    expect((await post('/json', undefined)).text).toBe('{"type":"undefined"}');
  });

  it.each([
    ['another media type', 'a=1', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
    ['a compressed body', '{}', { 'Content-Encoding': 'gzip' }, 415],
    ['a body that is no JSON', '{"secret-', {}, 400],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), {}, 400],
    ['a body over the limit', JSON.stringify('x'.repeat(19)), {}, 413],
  ])('refuses %s', async (_what, body, headers: Record<string, string>, status) => {
    const answer = await post('/json', body, headers);
    expect(answer).toMatchObject({ status, text: expect.stringContaining('urn:runnel:problem:') });
    expect(answer.text).not.toContain('secret');
  });
});

describe('readBody', () => {
  it('reads any bytes up to the limit', async () => {
    expect(await post('/raw', new Uint8Array([0, 255, 10]))).toEqual({ status: 201, text: '\u0000ÿ\n' });
    expect((await post('/raw', 'x'.repeat(10))).status).toBe(201);
  });

  it('refuses a body that grows over the limit without having announced it', async () => {
    const { port } = await startTestService({ controllers: [EchoController] });
    const chunks = `b\r\n${'x'.repeat(11)}\r\n0\r\n\r\n`;
    const answer = await exchange(
      port,
      `POST /raw HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*"The body may have at most 10 bytes\."/s);
  });
});
