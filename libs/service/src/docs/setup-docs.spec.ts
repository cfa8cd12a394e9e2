import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import request from 'supertest';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';
import { setupDocs } from './setup-docs.js';

@Controller('v1/things')
class ThingsController {
  @Get()
  list() {
    return [];
  }
}

const start = () =>
  startTestService({
    controllers: [ThingsController],
    configure: (app) => setupDocs(app, { title: 'Runnel ingest', version: '1.2.3' }),
  });

afterEach(closeTestServices);

describe('setupDocs', () => {
  it('describes the routes of the service, without its probes', async () => {
    const { url } = await start();
    const { body } = await request(url).get('/docs-json');
    expect(body).toMatchObject({ info: { title: 'Runnel ingest', version: '1.2.3' } });
    expect(Object.keys(body.paths)).toEqual(['/v1/things']);
  });

  it('serves a page with all it needs', async () => {
    const { url } = await start();
    const page = await request(url).get('/docs');
    expect([page.status, page.type]).toEqual([200, 'text/html']);
    expect((await request(url).get('/docs/swagger-ui-bundle.js')).status).toBe(200);
  });
});
