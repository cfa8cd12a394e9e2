import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestIngest, type TestIngest } from '../streams/fixtures/test-ingest.js';

let ingest: TestIngest;
/** A key that may do everything in its workspace. */
let key: string;

beforeAll(async () => {
  ingest = await startTestIngest();
  key = ingest.key(['manage']);
});

afterAll(() => ingest?.close());

const workspaceKey = (workspace: string) => ingest.key(['manage'], ['*'], workspace);

describe('sources', () => {
  it('are deployed, described, changed and deleted', async () => {
    const manager = workspaceKey('ws_sources');
    const deployed = await ingest.call('POST', '/v1/sources', { key: manager, body: { type: 'http' } });
    const { id, endpoint } = deployed.body;
    expect(deployed).toMatchObject({ status: 201 });
    expect(deployed.body).toEqual({
      id: expect.stringMatching(/^dc_[0-9A-Za-z]{22,}$/),
      name: 'http',
      type: 'http',
      active: true,
      visibility: 'private',
      endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/hooks\/[0-9A-Za-z]{22,}$/),
      response: { status: 200, body: { status: 'ok' } },
      sse_url: `${ingest.url}/sources/${id}/sse`,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect(endpoint).not.toContain(id.slice(3));
    const body = {
      name: 'github',
      active: false,
      response: { status: 202, body: 'thanks' },
      channel: 'push',
    };
    const changed = await ingest.call('PUT', '/v1/sources/http', { key: manager, body });
    expect(changed).toMatchObject({ status: 200, body: { id, endpoint, ...body } });
    const back = await ingest.call('PUT', `/v1/sources/${id}`, {
      key: manager,
      body: { response: null, channel: null },
    });
    expect(back.body).toMatchObject({ name: 'github', active: false, response: { status: 200 } });
    expect(back.body).not.toHaveProperty('channel');
    expect((await ingest.call('GET', '/v1/sources', { key: manager })).body).toEqual({ data: [back.body] });
    expect((await ingest.call('DELETE', '/v1/sources/github', { key: manager })).status).toBe(204);
    expect((await ingest.call('GET', '/v1/sources', { key: manager })).body).toEqual({ data: [] });
  });

  it('say what went wrong last when they are described, and null when nothing did', async () => {
    const { body } = await ingest.call('POST', '/v1/sources', { key, body: { type: 'http' } });
    const described = await ingest.call('GET', `/v1/sources/${body.id}`, { key });
    expect(described.body).toEqual({ ...body, last_error: null });
  });

  it('are listed whatever has become of the settings of one, which can be looked at and deleted', async () => {
    const manager = workspaceKey('ws_damage');
    const ids = [];
    for (const type of ['http', 'http', 'nats']) {
      const body = { type, ...(type === 'nats' && { subject: 'orders' }) };
      ids.push((await ingest.call('POST', '/v1/sources', { key: manager, body })).body.id);
    }
    await ingest.catalogue.update(ids[0], { settings: { endpointToken: 7 } });
    await ingest.catalogue.update(ids[2], { settings: { subject: 'orders', dedupe: 'rubbish' } });
    const { status, body } = await ingest.call('GET', '/v1/sources', { key: manager });
    expect(status).toBe(200);
    expect(body.data.map(({ damaged = false }) => damaged)).toEqual([true, false, true]);
    const described = await ingest.call('GET', `/v1/sources/${ids[0]}`, { key: manager });
    expect(described).toMatchObject({ status: 200, body: { id: ids[0], name: 'http', damaged: true } });
    expect((await ingest.call('GET', '/v1/streams', { key: manager })).body.data).toHaveLength(3);
    expect((await ingest.call('DELETE', `/v1/sources/${ids[0]}`, { key: manager })).status).toBe(204);
  });

  it.each([{}, { type: 'ftp' }, { type: 7 }, { type: '__proto__' }, []])(
    'must have a known type: %j',
    async (body) => {
      const refused = await ingest.call('POST', '/v1/sources', { key, body });
      expect(refused).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'type', message: 'must be one of "http", "timer", "rss", "nats"' }] },
      });
    },
  );

  it('name each field that is bad or not theirs', async () => {
    const body = { type: 'http', endpointToken: 'mine', channel: 'runnel.x', response: { status: 99 } };
    const refused = await ingest.call('POST', '/v1/sources', { key, body });
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map(({ field }: { field: string }) => field)).toEqual([
      'channel',
      'response.status',
      'endpointToken',
    ]);
  });
});
