import { afterEach, describe, expect, it } from '@jest/globals';
import { All, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import request from 'supertest';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';

@Controller('things')
class ThingsController {
  @Get()
  list() {
    return [];
  }

  @Put(':id')
  put(@Param('id') id: string) {
    return id;
  }

  @Delete(':id')
  remove(@Param('id') id: string) {
    return id;
  }

  @All('any/method')
  any() {
    return 'any';
  }
}

const start = () => startTestService({ controllers: [ThingsController] });

afterEach(closeTestServices);

describe('an address that no route takes', () => {
  it('is answered with 404', async () => {
    const { url } = await start();
    const answer = await request(url).get('/nothing?x=1');
    expect([answer.status, answer.type]).toEqual([404, 'application/problem+json']);
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'urn:runnel:problem:not-found' });
    expect(answer.headers).not.toHaveProperty('allow');
  });

  it.each([
    ['POST', '/things', 'GET, HEAD, OPTIONS'],
    ['POST', '/things/', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/things?x=1', 'GET, HEAD, OPTIONS'],
    ['GET', '/things/1', 'DELETE, OPTIONS, PUT'],
    ['HEAD', '/things/1', 'DELETE, OPTIONS, PUT'],
    ['PROPFIND', '/things/1', 'DELETE, OPTIONS, PUT'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
  ])('is answered with 405 and Allow when another method is right: %s %s', async (method, path, allow) => {
    const { url } = await start();
    const answer = await fetch(url + path, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    await answer.text();
  });

  it('tells OPTIONS which methods there are', async () => {
    const { url } = await start();
    const answer = await fetch(`${url}/things/1`, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'DELETE, OPTIONS, PUT']);
  });

  it('leaves a route for every method alone', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/things/any/method`, { method: 'PATCH' })).status).toBe(200);
  });
});
