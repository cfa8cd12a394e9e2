import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hashSecret, KeyStore, keyIdOf, newApiKey, TicketKeyStore, WorkspaceStore } from '#libs/access';
import { NatsLink } from '#libs/nats-connection';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { Decider } from '../decisions/decider.js';
import { newKey } from '../keys/new-key.js';
import { SigningKeys } from '../tickets/signing-keys.js';
import { ensureFirstAdminKey, type FirstStartStores } from './ensure-first-admin-key.js';

let server: NatsServer;
let links: NatsLink[];
let replicas: FirstStartStores[];
let stores: FirstStartStores;

// A system of its own for each test: there is one first start for each.
beforeEach(async () => {
  server = await startNatsServer();
  links = Array.from({ length: 5 }, (_, n) => NatsLink.open({ url: server.url, name: `replica ${n}` }));
  await Promise.all(links.map((link) => link.whenUp()));
  replicas = links.map((link) => ({
    keys: new KeyStore(link, { replicas: 1 }),
    workspaces: new WorkspaceStore(link, { replicas: 1 }),
  }));
  stores = replicas[0] as FirstStartStores;
});
afterEach(async () => {
  await Promise.all(links.map((link) => link.close()));
  await server.stop();
});

const start = (configuredKey?: string) => ensureFirstAdminKey(stores, { configuredKey });
const idOf = (key: string) => keyIdOf(key) as string;

async function principalWith(key: string) {
  const signingKeys = new SigningKeys(new TicketKeyStore(links[0] as NatsLink, { replicas: 1 }));
  const decision = await new Decider(stores.keys, signingKeys).decide({
    kind: 'api-key',
    keyId: idOf(key),
    hash: hashSecret(key),
  });
  return decision.ok ? decision.principal : undefined;
}

const ROOT = { workspace: 'default', root: true, scopes: ['publish', 'subscribe', 'manage'], streams: ['*'] };

describe('without a configured key', () => {
  it('one of the replicas that start at once makes the one root key, and a later start none', async () => {
    const results = await Promise.all(
      replicas.map((each) => ensureFirstAdminKey(each, { configuredKey: undefined })),
    );
    const [made, ...others] = results.filter(({ created }) => created);
    expect(others).toEqual([]);
    expect(await principalWith(made?.key ?? '')).toMatchObject(ROOT);
    expect(await stores.keys.list('default')).toHaveLength(1);
    expect(await stores.workspaces.list()).toMatchObject([{ id: 'default' }]);
    expect(await start()).toEqual({ created: false });
  });

  it('a start that ended before its key counted leaves no way in and does not stop the next', async () => {
    const { record } = newKey({
      workspace: 'default',
      name: 'admin',
      scopes: ['manage'],
      streams: ['*'],
      root: true,
    });
    await stores.keys.create(record);
    const { created, key } = await start();
    expect(created).toBe(true);
    expect(await principalWith(key ?? '')).toMatchObject(ROOT);
  });
});

describe('with a configured key', () => {
  it('replicas that start at once agree on it', async () => {
    const configuredKey = newApiKey();
    const results = await Promise.all(replicas.map((each) => ensureFirstAdminKey(each, { configuredKey })));
    expect(results.filter(({ created }) => created)).toEqual([{ created: true, key: configuredKey }]);
    expect(results.filter(({ warning }) => warning !== undefined)).toEqual([]);
    expect(await principalWith(configuredKey)).toMatchObject(ROOT);
    expect(await start(configuredKey)).toEqual({ created: false });
  });

  it('takes a text that somebody else made, which can be rotated into one of ours', async () => {
    const text = '4d0f6c1e9b7a2d5838c1f0e7';
    expect(await start(text)).toEqual({ created: true, key: text });
    expect(await principalWith(text)).toMatchObject({ ...ROOT, keyId: idOf(text) });
    expect(await start(text)).toEqual({ created: false });
    const rotated = newApiKey(idOf(text));
    await stores.keys.rotate(idOf(text), hashSecret(rotated));
    expect(await principalWith(rotated)).toMatchObject(ROOT);
    expect(await start(text)).toEqual({ created: false, warning: expect.stringContaining('rotated') });
  });

  it('adds another one beside the first', async () => {
    const first = (await start()).key ?? '';
    const second = newApiKey();
    expect(await start(second)).toEqual({ created: true, key: second });
    expect(await principalWith(first)).toMatchObject(ROOT);
    expect(await principalWith(second)).toMatchObject(ROOT);
    await stores.keys.roots.remove(idOf(first));
    await expect(stores.keys.roots.remove(idOf(second))).rejects.toMatchObject({ code: 'conflict' });
  });

  it('does not bring back a key that was revoked, and says so', async () => {
    const key = newApiKey();
    await start(key);
    await stores.keys.revoke(idOf(key));
    expect(await start(key)).toEqual({ created: false, warning: expect.stringContaining('revoked') });
    expect(await principalWith(key)).toBeUndefined();
  });

  it('does not bring back a secret that was rotated away, and says so', async () => {
    const key = newApiKey();
    await start(key);
    const rotated = newApiKey(idOf(key));
    await stores.keys.rotate(idOf(key), hashSecret(rotated));
    expect(await start(key)).toEqual({ created: false, warning: expect.stringContaining('rotated') });
    expect(await principalWith(key)).toBeUndefined();
    expect(await start(rotated)).toEqual({ created: false });
  });

  it('does not make a root key of an ordinary one', async () => {
    await start();
    const { record, text } = newKey({ workspace: 'default', name: 'n', scopes: ['publish'], streams: ['*'] });
    await stores.keys.create(record);
    expect(await start(text)).toEqual({ created: false, warning: expect.stringContaining('not a root key') });
    expect(await principalWith(text)).toMatchObject({ root: false });
  });
});
