import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Head, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import { Problem } from '#libs/contracts';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';
import type { Middleware } from '../request/in-one-go.js';
import { DirectRoutes } from './direct-routes.js';

interface RoutedRequest {
  readonly route: { readonly path: string; readonly stack?: object };
  readonly originalUrl: string;
  readonly ip?: string;
}

@Controller()
class ThingsController {
  @Head('things/:id/state')
  head(): void {}

  /** Express notes the route that it has found on the request, with its own handlers. */
  @Get('things/:id/state')
  state(@Param('id') id: string, @Req() request: RoutedRequest) {
    if (id === 'none') throw new Problem('not-found', 'There is no such thing.');
    const { path, stack } = request.route;
    return { id, direct: stack === undefined, path, url: request.originalUrl, ip: request.ip };
  }

  @Post('things/:id/state')
  @HttpCode(202)
  change(@Param('id') id: string, @Req() { route }: RoutedRequest) {
    if (id === 'nothing') return undefined;
    return { id: `${id}ü`, direct: route.stack === undefined };
  }

  @Post('things/:id/page')
  @Header('Content-Type', 'application/vnd.thing+json')
  page(@Param('id') id: string) {
    return { id };
  }

  @Get('things/:id/other')
  other(@Param('id') id: string) {
    return { id };
  }
}

let url: string;

/** What a service adds for all routes. */
const mark: Middleware = (_request, response, next) => {
  response.appendHeader('X-Mark', 'here');
  next();
};

beforeAll(async () => {
  ({ url } = await startTestService({
    controllers: [ThingsController],
    level: 'silent',
    directRoutes: [
      { path: '/things/:id/state' },
      { method: 'POST', path: '/things/:id/state', before: mark },
    ],
    configure: (app) => void app.use(mark),
  }));
});

afterAll(closeTestServices);

const get = async (path: string, init?: RequestInit) => {
  const response = await fetch(url + path, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
};

describe('a direct route', () => {
  it('is found without Express, with what the handler needs of it', async () => {
    const { status, body } = await get('/things/a-1/state?x=%20y');
    expect(status).toBe(200);
    expect(body).toEqual({
      id: 'a-1',
      direct: true,
      path: '/things/:id/state',
      url: '/things/a-1/state?x=%20y',
      ip: expect.stringContaining('127.0.0.1'),
    });
  });

  it('leaves to Express what is written in another way, with the same answer', async () => {
    for (const path of ['/Things/a/state', '/things/a/state/', '/things/%61/state']) {
      expect(await get(path)).toMatchObject({ status: 200, body: { id: 'a', direct: false } });
    }
    for (const path of ['/things//state', '/things/a/b/state', '/things/state']) {
      expect(await get(path)).toMatchObject({ status: 404 });
    }
  });

  it('leaves to Express the other methods and all other addresses', async () => {
    expect(await get('/things/a/state', { method: 'HEAD' })).toMatchObject({ status: 200, body: {} });
    const refused = await get('/things/a/state', { method: 'PUT' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, POST']);
    expect(await get('/things/a/other')).toMatchObject({ status: 200, body: { id: 'a' } });
  });

  it('answers with the same headers as Express does', async () => {
    const names = async (path: string) =>
      [...(await get(path)).headers].map(([name, value]) => (name === 'x-request-id' ? name : [name, value]));
    const strip = (headers: unknown[]) =>
      headers.filter((header) => !['date', 'content-length'].includes((header as string[])[0] ?? ''));
    expect([...strip(await names('/things/a/state')), ['x-mark', 'here']].sort()).toEqual(
      strip(await names('/Things/a/state')).sort(),
    );
  });

  it('may be a POST, with what the service adds for it, and answers as Express does', async () => {
    const post = async (path: string) => {
      const { status, body, headers } = await get(path, { method: 'POST' });
      const shown = ['content-type', 'content-length', 'x-mark'].map((name) => headers.get(name));
      return { status, body, shown };
    };
    const json = 'application/json; charset=utf-8';
    expect(await post('/things/a/state')).toEqual({
      status: 202,
      body: { id: 'aü', direct: true },
      shown: [json, '26', 'here'],
    });
    expect(await post('/Things/a/state')).toEqual({
      status: 202,
      body: { id: 'aü', direct: false },
      shown: [json, '27', 'here'],
    });
    expect(await post('/things/nothing/state')).toEqual({
      status: 202,
      body: {},
      shown: [null, '0', 'here'],
    });
    expect(await post('/things/a/page')).toEqual({
      status: 201,
      body: { id: 'a' },
      shown: ['application/vnd.thing+json; charset=utf-8', '10', 'here'],
    });
  });

  it('is answered with a problem where a middleware or the handler refuses', async () => {
    const bad = await get('/things/none/state');
    expect(bad).toMatchObject({ status: 404, body: { type: 'urn:runnel:problem:not-found' } });
    expect(bad.headers.get('content-type')).toBe('application/problem+json');
    expect((await get('/things/none/state', { headers: { 'x-request-id': 'mine' } })).body.instance).toBe(
      'mine',
    );
  });
});

describe('the middlewares before all routes', () => {
  it('may refuse a direct one', () => {
    const refused: unknown[] = [];
    const direct = new DirectRoutes([{ path: '/a/:b/c' }]);
    direct.note('GET', '/a/:b/c', () => refused.push('handled'));
    direct.open({
      before: (_request, _response, next) => next('no'),
      refuse: (error) => refused.push(error),
    });
    const listener = direct.listener(() => refused.push('Express'));
    listener({ method: 'GET', url: '/a/1/c' } as never, {} as never);
    expect(refused).toEqual(['no']);
  });

  it('have not begun with a route that cannot be direct', () => {
    for (const template of ['/a', '/:a', '/a/:b', '/a/:b/:c/d']) {
      expect(() => new DirectRoutes([{ path: template }])).toThrow('No direct route');
    }
  });
});
