import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newApiKey, parseApiKey } from '#libs/access';
import { newStreamId } from '#libs/contracts';
import { AuthSystem } from '../fixtures/auth-system.js';

let auth: AuthSystem;
beforeAll(async () => {
  auth = await AuthSystem.start();
});
afterAll(() => auth?.stop());

describe('POST /v1/keys', () => {
  it('shows the secret once, together with what the key is for', async () => {
    const stream = newStreamId('workflow');
    const expires_at = '2099-01-02T03:04:05.000Z';
    const fields = { name: 'printer', scopes: ['publish'], streams: [stream], expires_at };
    const { status, headers, body } = await auth.call('POST', '/v1/keys', { body: fields });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      ...fields,
      id: parseApiKey(body.key)?.keyId,
      root: false,
      created_at: expect.any(String),
      key: expect.stringMatching(/^rnl_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/),
    });
    const { key, ...shown } = body;
    expect((await auth.call('GET', `/v1/keys/${body.id}`)).body).toEqual(shown);
    expect(JSON.stringify((await auth.call('GET', '/v1/keys')).body)).not.toContain(key);
  });

  it('gives a key all streams of the key that asks, when none are named', async () => {
    expect(await auth.createKey()).toMatchObject({ streams: ['*'], expires_at: null });
    const stream = newStreamId('source');
    const { key } = await auth.createKey({ streams: [stream] });
    expect(await auth.createKey({ scopes: ['publish'] }, { key })).toMatchObject({ streams: [stream] });
  });

  it('refuses bad fields, naming each of them', async () => {
    const body = { name: 'a\nb', scopes: ['publish', 'fly'], streams: ['ok?'], expires_at: 'soon', extra: 1 };
    const answer = await auth.call('POST', '/v1/keys', { body });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'expires_at',
      'extra',
      'name',
      'scopes[1]',
      'streams[0]',
    ]);
  });

  it.each([
    ['no JSON', '{"name":', {}, 400],
    ['another media type', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['more than 64 KiB', { name: 'a'.repeat(70_000), scopes: ['publish', 'subscribe', 'manage'] }, {}, 413],
    ['an array', [], {}, 400],
  ])('refuses %s', async (_what, body, headers, status) => {
    expect((await auth.call('POST', '/v1/keys', { body, headers })).status).toBe(status);
  });

  it('refuses a key that is stronger than the one that asks', async () => {
    const stream = newStreamId('source');
    const { key } = await auth.createKey({
      scopes: ['manage', 'publish'],
      streams: [stream],
      expires_at: '2098-01-01T00:00:00Z',
    });
    const attempt = async (fields: object) =>
      (await auth.call('POST', '/v1/keys', { key, body: { name: 'n', scopes: ['publish'], ...fields } }))
        .status;
    expect(await attempt({})).toBe(201);
    expect(await attempt({ scopes: ['subscribe'] })).toBe(403);
    expect(await attempt({ streams: ['*'] })).toBe(403);
    expect(await attempt({ streams: [stream, newStreamId('source')] })).toBe(403);
    expect(await attempt({ expires_at: '2098-01-01T00:00:01Z' })).toBe(403);
    expect(await attempt({ expires_at: null })).toBe(403);
  });

  it('needs a credential that is valid and may manage', async () => {
    const { key } = await auth.createKey({ scopes: ['publish'] });
    expect(await auth.call('POST', '/v1/keys', { key: null })).toMatchObject({
      status: 401,
      body: { type: 'urn:runnel:problem:no-credential' },
    });
    expect(await auth.call('POST', '/v1/keys', { key: newApiKey() })).toMatchObject({
      status: 401,
      body: { type: 'urn:runnel:problem:bad-credential' },
    });
    expect(await auth.call('POST', '/v1/keys', { key: 'rnl_nonsense' })).toMatchObject({ status: 401 });
    expect(await auth.call('POST', '/v1/keys', { key })).toMatchObject({ status: 403 });
    expect(await auth.call('POST', `/v1/keys?api_key=${auth.rootKey}`)).toMatchObject({
      status: 400,
      body: { type: 'urn:runnel:problem:key-in-query' },
    });
  });
});

describe('revoking and rotating', () => {
  it('refuses a revoked key at once, on every replica', async () => {
    const { id, key } = await auth.createKey();
    expect((await auth.call('GET', '/v1/keys', { key, replica: 1 })).status).toBe(200);
    expect((await auth.call('DELETE', `/v1/keys/${id}`)).status).toBe(204);
    expect((await auth.call('GET', '/v1/keys', { key, replica: 1 })).status).toBe(401);
    expect((await auth.call('GET', `/v1/keys/${id}`, { replica: 1 })).status).toBe(404);
    expect((await auth.call('DELETE', `/v1/keys/${id}`)).status).toBe(404);
  });

  it('gives a rotated key another secret under the same id', async () => {
    const old = await auth.createKey({ name: 'rotated' });
    const { status, body } = await auth.call('POST', `/v1/keys/${old.id}/rotate`);
    expect(status).toBe(201);
    expect(body).toEqual({ ...old, key: expect.not.stringMatching(old.key) });
    expect((await auth.call('GET', '/v1/keys', { key: old.key, replica: 1 })).status).toBe(401);
    expect((await auth.call('GET', '/v1/keys', { key: body.key, replica: 1 })).status).toBe(200);
  });

  it('lets no key rotate a stronger one, whose secret it would learn', async () => {
    const weak = await auth.createKey({ scopes: ['manage'] });
    const strong = await auth.createKey();
    expect((await auth.call('POST', `/v1/keys/${strong.id}/rotate`, { key: weak.key })).status).toBe(403);
    const rootId = parseApiKey(auth.rootKey)?.keyId;
    expect((await auth.call('POST', `/v1/keys/${rootId}/rotate`, { key: strong.key })).status).toBe(403);
    expect((await auth.call('DELETE', `/v1/keys/${rootId}`, { key: strong.key })).status).toBe(403);
    expect((await auth.call('DELETE', `/v1/keys/${strong.id}`, { key: weak.key })).status).toBe(204);
  });

  it('keeps the only root key', async () => {
    expect((await auth.call('DELETE', `/v1/keys/${parseApiKey(auth.rootKey)?.keyId}`)).status).toBe(409);
    expect((await auth.call('GET', '/v1/keys')).status).toBe(200);
  });
});
