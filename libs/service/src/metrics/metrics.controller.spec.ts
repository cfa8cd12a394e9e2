import { afterEach, describe, expect, it } from '@jest/globals';
import { Counter, Registry } from 'prom-client';
import request from 'supertest';
import { closeTestServices, startTestService } from '../../test/start-test-service.js';

afterEach(closeTestServices);

describe('/metrics', () => {
  it('shows the process and whatever a module registers, all under the name of the service', async () => {
    const { url, app } = await startTestService({ name: 'ingest' });
    const events = new Counter({ name: 'events_total', help: 'Events.', registers: [app.get(Registry)] });
    events.inc(3);
    const { text, headers } = await request(url).get('/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('events_total{service="ingest"} 3');
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds\{service="ingest"\} \d/m);
    expect(text).toMatch(/^process_resident_memory_bytes\{service="ingest"\} \d/m);
  });

  it('keeps the services of one process apart', async () => {
    const [one, other] = [await startTestService({ name: 'one' }), await startTestService({ name: 'other' })];
    new Counter({ name: 'only_here', help: 'x', registers: [one.app.get(Registry)] });
    expect((await request(one.url).get('/metrics')).text).toContain('only_here{service="one"}');
    const { text } = await request(other.url).get('/metrics');
    expect(text).not.toContain('only_here');
    expect(text).toContain('service="other"');
  });
});
