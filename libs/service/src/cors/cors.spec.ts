import { afterEach, describe, expect, it } from '@jest/globals';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';
import { cors } from './cors.js';

const ORIGIN = 'https://app.example.com';

async function ask(path: string, method: string, headers: Record<string, string>) {
  const { url } = await startTestService({
    configure: (app) => void app.use(cors({ origins: [ORIGIN], skip: (asked) => asked.startsWith('/sse') })),
  });
  const { status, headers: answered } = await fetch(url + path, { method, headers });
  return { status, allowed: answered.get('access-control-allow-origin'), vary: answered.get('vary') };
}

afterEach(closeTestServices);

describe('cors', () => {
  it('answers a preflight with 204, also where nothing else would take OPTIONS', async () => {
    const headers = { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' };
    expect(await ask('/nothing', 'OPTIONS', headers)).toEqual({
      status: 204,
      allowed: ORIGIN,
      vary: 'Origin',
    });
  });

  it('leaves another origin without permission', async () => {
    const headers = { Origin: 'https://elsewhere.example', 'Access-Control-Request-Method': 'POST' };
    expect(await ask('/healthz', 'OPTIONS', headers)).toEqual({ status: 204, allowed: null, vary: 'Origin' });
  });

  it('lets the page of a configured origin read answers, problems included', async () => {
    expect(await ask('/healthz', 'GET', { Origin: ORIGIN })).toEqual({
      status: 200,
      allowed: ORIGIN,
      vary: 'Origin',
    });
    expect(await ask('/nothing', 'GET', { Origin: ORIGIN })).toMatchObject({ status: 404, allowed: ORIGIN });
  });

  it('leaves the paths that it is told to skip alone', async () => {
    expect(await ask('/sse/x', 'GET', { Origin: ORIGIN })).toEqual({
      status: 404,
      allowed: null,
      vary: null,
    });
  });

  it('takes OPTIONS without the question of a preflight for any other request', async () => {
    expect((await ask('/nothing', 'OPTIONS', { Origin: ORIGIN })).status).toBe(404);
  });
});
