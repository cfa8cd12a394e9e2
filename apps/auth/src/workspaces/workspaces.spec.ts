import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseApiKey } from '#libs/access';
import { AuthSystem } from '../fixtures/auth-system.js';

let auth: AuthSystem;
beforeAll(async () => {
  auth = await AuthSystem.start();
});
afterAll(() => auth?.stop());

describe('workspaces', () => {
  it('are apart: the keys of one do not exist for the other', async () => {
    const opened = await auth.call('POST', '/v1/workspaces', { body: { name: 'Acme' } });
    expect(opened.status).toBe(201);
    expect(opened.body).toMatchObject({ id: expect.stringMatching(/^ws_[0-9A-Za-z]{22}$/), name: 'Acme' });
    const { key } = opened.body;
    const ours = await auth.createKey();
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/rotate'],
    ] as const) {
      expect((await auth.call(method, `/v1/keys/${ours.id}${path}`, { key })).status).toBe(404);
    }
    const { data } = (await auth.call('GET', '/v1/keys', { key })).body;
    expect(data.map(({ id }: { id: string }) => id)).toEqual([parseApiKey(key)?.keyId]);
  });

  it('are managed with the root key only', async () => {
    const { key } = await auth.createKey();
    expect((await auth.call('POST', '/v1/workspaces', { key, body: { name: 'x' } })).status).toBe(403);
    expect((await auth.call('GET', '/v1/workspaces', { key })).status).toBe(403);
    expect((await auth.call('DELETE', '/v1/workspaces/default', { key })).status).toBe(403);
  });

  it('end with all of their keys', async () => {
    const { id, key } = (await auth.call('POST', '/v1/workspaces', { body: { name: 'short-lived' } })).body;
    const second = await auth.createKey({}, { key });
    expect((await auth.call('DELETE', `/v1/workspaces/${id}`)).status).toBe(204);
    for (const dead of [key, second.key]) {
      expect((await auth.call('GET', '/v1/keys', { key: dead, replica: 1 })).status).toBe(401);
    }
    expect((await auth.call('GET', `/v1/workspaces/${id}`)).status).toBe(404);
    expect((await auth.call('DELETE', `/v1/workspaces/${id}`)).status).toBe(404);
    const { data } = (await auth.call('GET', '/v1/workspaces')).body;
    expect(data.map((workspace: { id: string }) => workspace.id)).not.toContain(id);
  });

  it('begin with one that cannot be deleted', async () => {
    expect((await auth.call('DELETE', '/v1/workspaces/default')).status).toBe(409);
    expect((await auth.call('GET', '/v1/workspaces/default')).body).toMatchObject({ id: 'default' });
  });
});
