import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBase62 } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';
import { eventually, type LinkedNats, startLinkedNats } from '#libs/testing';
import { hashSecret, newApiKey, newKeyId } from '../api-key.js';
import { ACCESS_REVOKED } from '../subjects.js';
import type { KeyRecord } from './key-record.js';
import { KeyStore } from './key-store.js';
import { WorkspaceStore } from './workspace-store.js';

let nats: LinkedNats;
let link: NatsLink;
let store: KeyStore;

beforeAll(async () => {
  nats = await startLinkedNats();
  ({ link } = nats);
  store = new KeyStore(link, { replicas: 1 });
});
afterAll(() => nats?.close());

const newWorkspace = () => `ws_${randomBase62(22)}`;
function record(more: Partial<KeyRecord> = {}): KeyRecord {
  const id = more.id ?? newKeyId();
  const hash = hashSecret(newApiKey(id));
  const createdAt = 1_700_000_000_000;
  return {
    id,
    workspace: 'default',
    name: 'n',
    scopes: ['publish'],
    streams: ['*'],
    hash,
    createdAt,
    ...more,
  };
}
async function kept(more: Partial<KeyRecord> = {}): Promise<KeyRecord> {
  const key = record(more);
  expect(await store.create(key)).toBe(true);
  return key;
}

describe('KeyStore', () => {
  it('keeps a key as it was given', async () => {
    const key = await kept({ expiresAt: 5, root: true, streams: ['p_1', 'p_2'] });
    expect(await store.get(key.id)).toEqual(key);
    expect(await store.get(newKeyId())).toBeUndefined();
  });

  it('knows no key under a text that is no id', async () => {
    for (const id of ['', '*', '>', 'a.b', 'x'.repeat(500)]) expect(await store.get(id)).toBeUndefined();
    expect((await store.getMany(['*', '>', 'a b'])).size).toBe(0);
  });

  it('never writes over a key, a revoked one neither, and shows it in no other workspace', async () => {
    const key = await kept();
    const workspace = newWorkspace();
    expect(await store.create(record({ id: key.id, workspace }))).toBe(false);
    expect(await store.get(key.id)).toEqual(key);
    expect(await store.list(workspace)).toEqual([]);
    await store.revokeAll(workspace);
    expect((await store.get(key.id))?.revokedAt).toBeUndefined();
    await store.revoke(key.id);
    expect(await store.create(record({ id: key.id }))).toBe(false);
  });

  it('lists the keys of one workspace, oldest first, without those that are revoked', async () => {
    const workspace = newWorkspace();
    const second = await kept({ workspace, createdAt: 2 });
    const first = await kept({ workspace, createdAt: 1 });
    const gone = await kept({ workspace, createdAt: 3 });
    await store.revoke(gone.id);
    expect(await store.list(workspace)).toEqual([first, second]);
  });

  it('revokes all keys of a workspace, more than it revokes at once', async () => {
    const workspace = newWorkspace();
    const keys = await Promise.all(
      Array.from({ length: 70 }, (_, createdAt) => kept({ workspace, createdAt })),
    );
    expect(await store.list(workspace)).toEqual(keys);
    await store.revokeAll(workspace);
    expect(await store.list(workspace)).toEqual([]);
    expect((await store.get(keys[0]?.id ?? ''))?.revokedAt).toBeDefined();
  });

  it('announces what is revoked, and what is rotated with the fingerprint that goes on', async () => {
    const heard: unknown[] = [];
    const listener = await link.whenUp();
    const subscription = listener.subscribe(ACCESS_REVOKED, {
      callback: (_error, message) => {
        heard.push(message.json());
      },
    });
    const key = await kept();
    const hash = hashSecret(newApiKey(key.id));
    const rotated = await store.rotate(key.id, hash);
    expect(rotated).toEqual({ ...key, hash, rotatedAt: expect.any(Number) });
    expect(await store.revoke(key.id)).toBe(true);
    expect(await store.revoke(key.id)).toBe(false);
    expect(await store.rotate(key.id, hash)).toBeUndefined();
    await eventually('both are heard', () => heard.length === 2);
    expect(heard).toEqual([{ keyId: key.id, fingerprint: hash.slice(0, 16) }, { keyId: key.id }]);
    subscription.unsubscribe();
  });

  it('lets a revocation win over changes that happen at the same time', async () => {
    const key = await kept();
    const rotations = Array.from({ length: 4 }, () => store.rotate(key.id, hashSecret(newApiKey(key.id))));
    await Promise.all([...rotations, store.revoke(key.id)]);
    expect((await store.get(key.id))?.revokedAt).toBeDefined();
  });

  it('is unavailable while NATS is away, and has its keys when it is back', async () => {
    const key = await kept();
    await nats.lose();
    const attempts = await Promise.allSettled([
      store.get(key.id),
      store.create(record()),
      store.list('default'),
      store.revoke(key.id),
    ]);
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    }
    await nats.bringBack();
    expect(await eventually('the key is read', () => store.get(key.id))).toEqual(key);
  });
});

describe('the root keys', () => {
  it('have one first key, and never become none', async () => {
    const { roots } = store;
    expect(await roots.exist()).toBe(false);
    const begun = await Promise.all(['a', 'b', 'c'].map((id) => roots.begin(id)));
    expect(begun.filter(Boolean)).toHaveLength(1);
    const first = ['a', 'b', 'c'][begun.indexOf(true)] as string;
    expect(await roots.exist()).toBe(true);
    await expect(roots.remove(first)).rejects.toMatchObject({ code: 'conflict' });
    await roots.add('second');
    await roots.add('second');
    const removals = await Promise.allSettled([roots.remove(first), roots.remove('second')]);
    expect(removals.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('WorkspaceStore', () => {
  it('keeps a mark of deleted workspaces for services that were away', async () => {
    const workspaces = new WorkspaceStore(link, { replicas: 1 });
    const [one, two] = [1, 2].map((createdAt) => ({ id: newWorkspace(), name: `n${createdAt}`, createdAt }));
    if (one === undefined || two === undefined) throw new Error('unreachable');
    expect(await workspaces.create(two)).toBe(true);
    expect(await workspaces.create(one)).toBe(true);
    expect(await workspaces.create(one)).toBe(false);
    expect(await workspaces.list()).toEqual([one, two]);
    expect(await workspaces.markDeleted(one.id)).toBe(true);
    expect(await workspaces.markDeleted(one.id)).toBe(true);
    expect(await workspaces.markDeleted(newWorkspace())).toBe(false);
    expect(await workspaces.markDeleted('*')).toBe(false);
    expect(await workspaces.get(one.id)).toMatchObject({ deletedAt: expect.any(Number) });
    expect(await workspaces.get('>')).toBeUndefined();
    expect(await workspaces.list()).toEqual([two]);
    expect(await workspaces.deleted()).toEqual([one.id]);
  });
});
