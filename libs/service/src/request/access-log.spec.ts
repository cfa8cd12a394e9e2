import { afterEach, describe, expect, it } from '@jest/globals';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';

afterEach(closeTestServices);

async function linesAt(level: string) {
  const service = await startTestService({ level });
  await (
    await fetch(`${service.url}/healthz?ticket=hunter2`, { headers: { 'X-Request-Id': 'mine' } })
  ).text();
  await service.close();
  return service.lines;
}

describe('the access log', () => {
  it('has one line for each request at level debug, without the query string', async () => {
    const lines = (await linesAt('debug')).filter(({ msg }) => msg === 'request');
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'debug',
        requestId: 'mine',
        method: 'GET',
        path: '/healthz',
        status: 200,
        ms: expect.any(Number),
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it('is silent at level info', async () => {
    expect((await linesAt('info')).filter(({ msg }) => msg === 'request')).toEqual([]);
  });
});
