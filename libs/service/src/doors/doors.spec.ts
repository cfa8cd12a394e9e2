import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Res } from '@nestjs/common';
import { closeTestServices, exchange, startTestService } from '../../test/start-test-service.js';
import { setupDocs } from '../docs/setup-docs.js';
import { allowPage } from './security-headers.js';

@Controller()
class DoorController {
  @Get('api')
  api() {
    return { a: 1 };
  }

  @Get('page')
  page(@Res({ passthrough: true }) response: ServerResponse) {
    allowPage(response, { 'img-src': 'data:' });
    return '<!doctype html>';
  }
}

const start = (env: Record<string, string> = {}) =>
  startTestService({
    controllers: [DoorController],
    env,
    configure: (app) => setupDocs(app, { title: 'Test', version: '1' }),
  });
const status = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;

afterEach(closeTestServices);

describe('the headers of every answer', () => {
  it.each(['/api', '/none', '/%zz', '/healthz', '/metrics', '/docs-json'])(
    'are strict for %s',
    async (path) => {
      const { url } = await start();
      const { headers } = await fetch(url + path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
      expect(headers.has('x-powered-by')).toBe(false);
      expect(headers.has('server')).toBe(false);
    },
  );

  it('let a page do what it says that it needs, and let nobody frame it', async () => {
    const { url } = await start();
    const policy = async (path: string) => (await fetch(url + path)).headers.get('content-security-policy');
    expect(await policy('/page')).toBe(
      "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    expect(await policy('/docs')).toContain("script-src 'self' 'unsafe-inline'");
  });
});

describe('a port of its own for operators', () => {
  it('is not there unless it was asked for', async () => {
    const { url, adminUrl } = await start();
    expect(adminUrl).toBeUndefined();
    for (const path of ['/metrics', '/docs', '/docs-json']) expect(await status(url + path)).toBe(200);
  });

  it('has the metrics and the documentation, which the other port has no more, and nothing else', async () => {
    const { url, adminUrl = '', close } = await start({ RUNNEL_ADMIN_PORT: '0' });
    expect(adminUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    for (const path of ['/metrics', '/docs', '/docs/', '/docs-json', '/docs/swagger-ui.css']) {
      expect([path, await status(adminUrl + path)]).toEqual([path, 200]);
      expect([path, await status(url + path)]).toEqual([path, 404]);
    }
    expect(await status(`${url}/api`)).toBe(200);
    expect(await status(`${adminUrl}/api`)).toBe(404);
    for (const base of [url, adminUrl]) {
      expect(await status(`${base}/healthz`)).toBe(200);
      expect(await status(`${base}/readyz`)).toBe(200);
    }
    expect(await status(`${url}/metrics`, { method: 'POST' })).toBe(404);
    expect(await status(`${url}/METRICS`)).toBe(404);
    await close();
    await expect(fetch(`${adminUrl}/metrics`)).rejects.toThrow();
  });

  it('says that it is taken', async () => {
    const { port } = await start();
    await expect(start({ RUNNEL_ADMIN_PORT: String(port) })).rejects.toMatchObject({
      message: `Cannot listen on 127.0.0.1 port ${port}: the port is taken.`,
    });
  });

  it('answers what is malformed as the other one does', async () => {
    const { adminUrl = '' } = await start({ RUNNEL_ADMIN_PORT: '0' });
    const answer = await exchange(Number(new URL(adminUrl).port), 'nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*application\/problem\+json/);
  });
});

describe('the requests of one address', () => {
  const limited = { RUNNEL_MAX_REQUESTS_PER_ADDRESS: '3', RUNNEL_TRUST_PROXY: 'loopback' };
  const from = (url: string, address: string, path = '/api') =>
    fetch(url + path, { headers: { 'X-Forwarded-For': address } });

  it('are refused above the rate, those of others are not, and probes are never', async () => {
    const { url } = await start(limited);
    const answers = await Promise.all(Array.from({ length: 10 }, () => from(url, '192.0.2.1')));
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused.length).toBeGreaterThan(4);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(await refused[0]?.json()).toMatchObject({ type: 'urn:runnel:problem:too-many-requests' });
    expect((await from(url, '192.0.2.2')).status).toBe(200);
    for (let n = 0; n < 6; n += 1) expect((await from(url, '192.0.2.1', '/healthz')).status).toBe(200);
    const metrics = await (await from(url, '192.0.2.1', '/metrics')).text();
    expect(metrics).toMatch(/runnel_limit_refusals_total\{limit="requests-per-address",service="test"\} \d/);
  });

  it('are those of the proxy itself when it is not trusted', async () => {
    const { url } = await start({ RUNNEL_MAX_REQUESTS_PER_ADDRESS: '3' });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => from(url, `192.0.2.${n}`)));
    expect(answers.filter((answer) => answer.status === 429).length).toBeGreaterThan(4);
  });
});
