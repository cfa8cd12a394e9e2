import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';
import { NotReady } from '../errors.js';
import { ReadinessRegistry } from './readiness-registry.js';

afterEach(closeTestServices);

describe('the probes', () => {
  it('say that a service is alive and ready', async () => {
    const { url } = await startTestService();
    const alive = await request(url).get('/healthz');
    expect([alive.status, alive.body, alive.headers['cache-control']]).toEqual([
      200,
      { status: 'ok' },
      'no-store',
    ]);
    const ready = await request(url).get('/readyz');
    expect([ready.status, ready.body]).toEqual([200, { status: 'ok', checks: {} }]);
  });

  it('tell alive from ready', async () => {
    const { url, app } = await startTestService();
    app.get(ReadinessRegistry).add('nats', () => {
      throw new NotReady('There is no connection.');
    });
    expect((await request(url).get('/healthz')).status).toBe(200);
    const { status, body } = await request(url).get('/readyz');
    expect([status, body]).toEqual([
      503,
      { status: 'unavailable', checks: { nats: { status: 'failed', detail: 'There is no connection.' } } },
    ]);
  });
});
