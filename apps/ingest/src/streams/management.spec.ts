import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RunnelClient } from '#libs/sdk';
import { startTestIngest, type TestIngest } from './fixtures/test-ingest.js';

let ingest: TestIngest;
/** A key that may do everything in its workspace. */
let key: string;

beforeAll(async () => {
  ingest = await startTestIngest();
  key = ingest.key(['manage']);
});

afterAll(() => ingest?.close());

const workspaceKey = (workspace: string) => ingest.key(['manage'], ['*'], workspace);

describe('workflows', () => {
  it('are made, described, changed and deleted', async () => {
    const made = await ingest.call('POST', '/v1/workflows', { key, body: { name: 'My Orders' } });
    const { id } = made.body;
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`/v1/workflows/${id}`);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^p_[0-9A-Za-z]{22,}$/),
      name: 'my-orders',
      visibility: 'public',
      sse_url: `${ingest.url}/pipelines/${id}/sse`,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      updated_at: made.body.created_at,
    });
    expect((await ingest.call('GET', '/v1/workflows/my-orders', { key })).body).toEqual(made.body);
    const change = { key, body: { name: 'orders', visibility: 'private' } };
    const changed = await ingest.call('PUT', `/v1/workflows/${id}`, change);
    expect(changed).toMatchObject({ status: 200, body: { id, name: 'orders', visibility: 'private' } });
    expect((await ingest.call('GET', '/v1/workflows', { key })).body).toEqual({ data: [changed.body] });
    expect(await ingest.call('DELETE', '/v1/workflows/orders', { key })).toMatchObject({
      status: 204,
      body: undefined,
    });
    expect((await ingest.call('GET', `/v1/workflows/${id}`, { key })).status).toBe(404);
    expect((await ingest.call('DELETE', `/v1/workflows/${id}`, { key })).status).toBe(404);
  });

  it('lose their events when they are deleted', async () => {
    const { id } = (await ingest.call('POST', '/v1/workflows', { key, body: { name: 'short' } })).body;
    const ref = { workspace: 'default', stream: id };
    await ingest.eventLog.append(ref, [{ channel: 'c', payload: Buffer.from('1') }]);
    expect((await ingest.call('GET', `/v1/streams/${id}`, { key })).body).toMatchObject({ event_count: 1 });
    await ingest.call('DELETE', `/v1/workflows/${id}`, { key });
    expect(await ingest.eventLog.count(ref)).toBe(0);
  });

  it('refuse a name that is taken when renamed, and number it when made', async () => {
    const names = [];
    for (let n = 0; n < 2; n++) {
      names.push((await ingest.call('POST', '/v1/workflows', { key, body: { name: 'twice' } })).body.name);
    }
    expect(names).toEqual(['twice', 'twice-1']);
    const refused = await ingest.call('PUT', '/v1/workflows/twice-1', { key, body: { name: 'twice' } });
    expect(refused).toMatchObject({ status: 409, body: { errors: [{ field: 'name' }] } });
  });
});

describe('streams', () => {
  it('show both kinds with subject and count, and change their visibility', async () => {
    const manager = workspaceKey('ws_streams');
    const workflow = (await ingest.call('POST', '/v1/workflows', { key: manager, body: { name: 'w' } })).body;
    const source = (await ingest.call('POST', '/v1/sources', { key: manager, body: { type: 'http' } })).body;
    const { body } = await ingest.call('GET', '/v1/streams', { key: manager });
    expect(body.data.map(({ id }: { id: string }) => id).sort()).toEqual([source.id, workflow.id].sort());
    const changed = await ingest.call('PUT', '/v1/streams/http', {
      key: manager,
      body: { visibility: 'public' },
    });
    expect(changed).toMatchObject({ status: 200 });
    expect(changed.body).toEqual({
      id: source.id,
      name: 'http',
      kind: 'source',
      type: 'http',
      visibility: 'public',
      active: true,
      history: { max_events: 100, max_age_s: null },
      sse_url: source.sse_url,
      nats_subject: expect.stringContaining(source.id),
      event_count: 0,
      subscribers: 0,
      created_at: source.created_at,
      updated_at: expect.any(String),
    });
    expect((await ingest.call('GET', `/v1/streams/${source.id}`, { key: manager })).body).toEqual(
      changed.body,
    );
  });

  it('are listed page by page to who asks for pages, as workflows and sources are', async () => {
    const manager = workspaceKey('ws_pages');
    const names = ['a-1', 'b-2', 'c-3'];
    for (const name of names) {
      await ingest.call('POST', '/v1/workflows', { key: manager, body: { name } });
      await ingest.call('POST', '/v1/sources', { key: manager, body: { type: 'http', name: `h-${name}` } });
    }
    const named = (body: { data: { name: string }[] }) => body.data.map(({ name }) => name);
    const first = (await ingest.call('GET', '/v1/streams?limit=4', { key: manager })).body;
    expect(first.page_info).toMatchObject({ total_count: 6, count: 4 });
    const rest = await ingest.call('GET', `/v1/streams?limit=4&after=${first.page_info.end_cursor}`, {
      key: manager,
    });
    expect([...named(first), ...named(rest.body)]).toEqual(names.flatMap((name) => [name, `h-${name}`]));
    const search = async (path: string) => named((await ingest.call('GET', path, { key: manager })).body);
    expect(await search('/v1/workflows?q=B-')).toEqual(['b-2']);
    expect(await search('/v1/sources?limit=1&q=h-')).toEqual(['h-a-1']);
    expect(await ingest.call('GET', '/v1/streams?limit=many', { key: manager })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'limit' }] },
    });
  });

  it('come to programs with the SDK page by page, each once, however pages are cut', async () => {
    const apiKey = workspaceKey('ws_sdk');
    const { streams, workflows, sources } = new RunnelClient({ baseUrl: ingest.url, apiKey });
    const names = ['a-1', 'b-1', 'c-1', 'd-1'];
    for (const name of names) await workflows.create({ name });
    for (const limit of [1, 2, 3, 100]) {
      const found = [];
      for await (const { name } of streams.each({ limit })) found.push(name);
      expect(found).toEqual(names);
    }
    const found = [];
    for await (const { name } of workflows.each({ q: 'C-' })) found.push(name);
    expect(found).toEqual(['c-1']);
    const named = ({ data }: { data: readonly { name: string }[] }) => data.map(({ name }) => name);
    const first = await streams.page({ limit: 3 });
    expect(named(first)).toEqual(names.slice(0, 3));
    expect(first.page_info).toMatchObject({ total_count: 4, count: 3 });
    const rest = await streams.page({ after: first.page_info.end_cursor ?? '' });
    expect(named(rest)).toEqual(['d-1']);
    const back = await streams.page({ before: rest.page_info.start_cursor ?? '', limit: 2 });
    expect(named(back)).toEqual(['b-1', 'c-1']);
    expect(await sources.page()).toEqual({
      page_info: { total_count: 0, count: 0, start_cursor: null, end_cursor: null },
      data: [],
    });
    await expect(streams.page({ limit: 101 })).rejects.toMatchObject({ errors: [{ field: 'limit' }] });
  });

  it('are shown to publishers and subscribers of exactly these streams, without the endpoint', async () => {
    const manager = workspaceKey('ws_limited');
    const mine = (await ingest.call('POST', '/v1/sources', { key: manager, body: { type: 'http' } })).body;
    const other = (await ingest.call('POST', '/v1/workflows', { key: manager, body: { name: 'o' } })).body;
    for (const scope of ['publish', 'subscribe'] as const) {
      const limited = ingest.key([scope], [mine.id], 'ws_limited');
      const { body } = await ingest.call('GET', '/v1/streams', { key: limited });
      expect(body.data.map(({ id }: { id: string }) => id)).toEqual([mine.id]);
      expect(JSON.stringify(body)).not.toContain('hooks');
      expect((await ingest.call('GET', `/v1/streams/${mine.name}`, { key: limited })).status).toBe(200);
      expect((await ingest.call('GET', `/v1/streams/${other.id}`, { key: limited })).status).toBe(403);
      expect((await ingest.call('GET', '/v1/sources', { key: limited })).status).toBe(403);
      const change = { key: limited, body: { visibility: 'public' } };
      expect((await ingest.call('PUT', `/v1/streams/${mine.id}`, change)).status).toBe(403);
    }
  });

  it('cannot be made or reached beyond what the key is limited to', async () => {
    const manager = workspaceKey('ws_narrow');
    const mine = (await ingest.call('POST', '/v1/workflows', { key: manager, body: { name: 'mine' } })).body;
    const other = (await ingest.call('POST', '/v1/workflows', { key: manager, body: { name: 'other' } }))
      .body;
    const narrow = ingest.key(['manage'], [mine.id], 'ws_narrow');
    expect((await ingest.call('POST', '/v1/workflows', { key: narrow, body: { name: 'new' } })).status).toBe(
      403,
    );
    expect((await ingest.call('DELETE', `/v1/workflows/${other.id}`, { key: narrow })).status).toBe(403);
    expect((await ingest.call('GET', '/v1/workflows', { key: narrow })).body.data).toHaveLength(1);
    expect((await ingest.call('DELETE', `/v1/workflows/${mine.id}`, { key: narrow })).status).toBe(204);
  });
});

describe('every call', () => {
  it('answers the same 404 to unknown, malformed and foreign ids', async () => {
    const foreign = (
      await ingest.call('POST', '/v1/workflows', {
        key: workspaceKey('ws_foreign'),
        body: { name: 'secret' },
      })
    ).body;
    const ids = [
      '*',
      '%3E',
      'a.b',
      'a%20b',
      '%00',
      'secret',
      `p_${'0'.repeat(22)}`,
      foreign.id,
      'a%2Fb',
      'A'.repeat(500),
    ];
    for (const kind of ['workflows', 'sources', 'streams']) {
      const answers = [];
      for (const id of ids) {
        for (const [method, body] of [['GET'], ['PUT', {}]] as const) {
          const { status, body: problem } = await ingest.call(method, `/v1/${kind}/${id}`, { key, body });
          answers.push(JSON.stringify({ status, ...problem, instance: undefined }));
        }
      }
      expect(new Set(answers)).toEqual(new Set([expect.stringContaining('"status":404')]));
    }
  });

  it('needs a credential, and the scope manage to change anything', async () => {
    const publisher = ingest.key(['publish', 'subscribe']);
    const body = { name: 'x' };
    expect((await ingest.call('POST', '/v1/workflows', { body })).status).toBe(401);
    expect((await ingest.call('GET', '/v1/streams')).headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect((await ingest.call('GET', '/v1/streams', { key: 'rnl_made_up' })).status).toBe(401);
    expect((await ingest.call('POST', '/v1/workflows', { key: publisher, body })).status).toBe(403);
    expect((await ingest.call('GET', `/v1/streams?key=${key}`)).status).toBeGreaterThanOrEqual(400);
  });

  it.each([
    ['no JSON', '{"name":', 'application/json', 400],
    ['another media type', 'name=x', 'application/x-www-form-urlencoded', 415],
    ['more than 64 KiB', JSON.stringify({ name: 'x'.repeat(65 * 1024) }), 'application/json', 413],
    ['an unknown field', '{"name":"x","colour":"red"}', 'application/json', 400],
    ['a control character in the name', '{"name":"a\\u0007b"}', 'application/json', 400],
    ['a name without a letter or digit', '{"name":"***"}', 'application/json', 400],
    ['no object', '[]', 'application/json', 400],
  ])('refuses a body with %s', async (_fault, body, type, status) => {
    const answer = await ingest.call('POST', '/v1/workflows', {
      key,
      body,
      headers: { 'Content-Type': type },
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('is described in OpenAPI with the fields of its body', async () => {
    const { paths } = (await ingest.call('GET', '/docs-json')).body;
    const bodyOf = (method: string, path: string) =>
      paths[path][method].requestBody.content['application/json'].schema;
    expect(bodyOf('post', '/v1/workflows')).toMatchObject({
      required: ['name'],
      additionalProperties: false,
    });
    expect(bodyOf('put', '/v1/streams/{id}').properties).toHaveProperty('visibility');
    expect(JSON.stringify(bodyOf('post', '/v1/sources'))).toContain('"response"');
    expect(Object.keys(paths).filter((path) => path.startsWith('/hooks'))).toEqual(['/hooks/{token}']);
  });

  it('shows the address that a trusted proxy was asked under', async () => {
    const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'events.example.org' };
    const { body } = await ingest.call('POST', '/v1/sources', { key, body: { type: 'http' }, headers });
    expect(body.endpoint).toMatch(/^https:\/\/events\.example\.org\/hooks\//);
    expect(body.sse_url).toBe(`https://events.example.org/sources/${body.id}/sse`);
  });
});
