import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import express from 'express';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';
import { expressKinds } from './express-kinds.js';

const seen: (readonly [Request, Response])[] = [];

@Controller()
class SeeingController {
  @Get('see')
  see(@Req() request: Request, @Res() response: Response) {
    seen.push([request, response]);
    response.json({ agent: request.get('user-agent'), path: request.path });
  }

  @Get('ip')
  ip(@Req() request: Request) {
    return { ip: request.ip };
  }
}

afterEach(closeTestServices);

describe('requests and responses of a service', () => {
  it('are what Express makes of them before Express gets them, so that it changes nothing', async () => {
    const app = express();
    const found: boolean[] = [];
    const server = createServer(expressKinds(app), (request: IncomingMessage, response: ServerResponse) => {
      found.push(Object.getPrototypeOf(request) === app.request);
      found.push(Object.getPrototypeOf(response) === app.response);
      app(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    await new Promise((resolve) => server.close(resolve));
    expect(found).toEqual([true, true]);
  });

  it('come from the other end of the connection, unless that is a proxy which is trusted', async () => {
    const ipOf = async (env: NodeJS.ProcessEnv) => {
      const { url } = await startTestService({ controllers: [SeeingController], env });
      const answer = await fetch(`${url}/ip`, { headers: { 'X-Forwarded-For': '192.0.2.7' } });
      return ((await answer.json()) as { ip: string }).ip;
    };
    expect(await ipOf({})).toMatch(/127\.0\.0\.1$/);
    expect(await ipOf({ RUNNEL_TRUST_PROXY: 'loopback' })).toBe('192.0.2.7');
  });

  it('have the same prototype each time, and all that Express adds', async () => {
    const { url, app } = await startTestService({ controllers: [SeeingController] });
    for (let n = 0; n < 2; n += 1) {
      const answer = await fetch(`${url}/see`, { headers: { 'User-Agent': 'spec' } });
      expect(await answer.json()).toEqual({ agent: 'spec', path: '/see' });
    }
    const { request, response } = app.getHttpAdapter().getInstance();
    for (const [req, res] of seen) {
      expect(Object.getPrototypeOf(req)).toBe(request);
      expect(Object.getPrototypeOf(res)).toBe(response);
    }
    expect(seen).toHaveLength(2);
  });
});
