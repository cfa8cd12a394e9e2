import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Param, Res } from '@nestjs/common';
import request from 'supertest';
import { Problem, type ProblemCode } from '#libs/contracts';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';

@Controller()
class FailingController {
  @Get('problem/:code')
  problem(@Param('code') code: ProblemCode, @Res({ passthrough: true }) response: ServerResponse) {
    response.setHeader('ETag', '"of what was to come"');
    response.setHeader('Access-Control-Allow-Origin', 'https://app.example.com');
    throw new Problem(code, 'What happened.', { errors: [{ field: 'a', message: 'b' }] });
  }

  @Get('patience')
  patience() {
    throw new Problem('too-many-requests', 'Slow down.', { retryAfterS: 6.2 });
  }

  @Get('bug')
  bug() {
    throw new Error('internal hunter2');
  }

  @Get('outage')
  outage() {
    throw new Problem('unavailable', 'Not now.', { cause: new Error('the reason for the log') });
  }

  @Get('half')
  half(@Res() response: ServerResponse) {
    response.write('half of ');
    throw new Error('the other half is missing');
  }
}

const start = () => startTestService({ controllers: [FailingController], level: 'debug' });

afterEach(closeTestServices);

describe('ProblemFilter', () => {
  it('answers with the document of RFC 9457, which names the request', async () => {
    const { url } = await start();
    const answer = await request(url).get('/problem/conflict').set('X-Request-Id', 'mine');
    expect(answer.status).toBe(409);
    expect(answer.type).toBe('application/problem+json');
    expect(JSON.parse(answer.text)).toEqual({
      type: 'urn:runnel:problem:conflict',
      title: 'The request conflicts with what exists',
      status: 409,
      detail: 'What happened.',
      instance: 'mine',
      errors: [{ field: 'a', message: 'b' }],
    });
  });

  it('is not to be cached or sniffed, and says nothing of the software or of the lost body', async () => {
    const { url } = await start();
    const { headers } = await request(url).get('/problem/conflict');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('etag');
  });

  it('keeps the CORS headers, without which a page could not read the problem', async () => {
    const { url } = await start();
    const { headers } = await request(url).get('/problem/conflict');
    expect(headers['access-control-allow-origin']).toBe('https://app.example.com');
  });

  it.each([
    ['no-credential', 401, 'www-authenticate', 'Bearer'],
    ['bad-credential', 401, 'www-authenticate', 'Bearer error="invalid_token"'],
    ['too-many-requests', 429, 'retry-after', '1'],
    ['unavailable', 503, 'retry-after', '1'],
    ['outcome-unknown', 503, 'retry-after', '1'],
  ])('answers %s with %i and its header', async (code, status, header, value) => {
    const { url } = await start();
    const answer = await request(url).get(`/problem/${code}`);
    expect([answer.status, answer.headers[header]]).toEqual([status, value]);
  });

  it('says how long to wait, in whole seconds, when the thrower knows', async () => {
    const { url } = await start();
    expect((await request(url).get('/patience')).headers['retry-after']).toBe('7');
  });

  it('hides an unexpected error and logs it with its stack', async () => {
    const { url, lines } = await start();
    const answer = await request(url).get('/bug?ticket=hunter3').set('X-Request-Id', 'mine');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('hunter2');
    const logged = lines.filter(({ level }) => level === 'error');
    expect(logged).toEqual([
      expect.objectContaining({
        requestId: 'mine',
        path: '/bug',
        err: expect.objectContaining({ stack: expect.stringContaining('internal hunter2') }),
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('hunter3');
  });

  it('keeps the cause of a problem for the log', async () => {
    const { url, lines } = await start();
    const answer = await request(url).get('/outage');
    expect(answer.text).not.toContain('the reason');
    expect(JSON.stringify(lines.filter(({ level }) => level === 'warn'))).toContain('the reason for the log');
  });

  it('answers HEAD without a body', async () => {
    const { url } = await start();
    const answer = await request(url).head('/problem/not-found');
    expect([answer.status, answer.type, answer.text]).toEqual([404, 'application/problem+json', undefined]);
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(100);
  });

  it('breaks off a response that has begun', async () => {
    const { url } = await start();
    await expect(fetch(`${url}/half`).then((answer) => answer.text())).rejects.toThrow();
  });
});
