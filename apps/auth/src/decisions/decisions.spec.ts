import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessService, NatsAuthChannel, newApiKey } from '#libs/access';
import { eventually } from '#libs/testing';
import { AuthSystem, isReady } from '../fixtures/auth-system.js';

// Another service asks auth over NATS.

let auth: AuthSystem;
beforeAll(async () => {
  auth = await AuthSystem.start();
});
afterAll(() => auth?.stop());

describe('another service', () => {
  let access: AccessService;
  beforeAll(() => {
    access = new AccessService(new NatsAuthChannel({ url: auth.nats.url, name: 'gateway' }));
  });
  afterAll(() => access.close());

  it('learns who shows a key', async () => {
    const { id, key } = await auth.createKey({ name: 'who', scopes: ['subscribe'] });
    expect(await access.authenticate(key)).toMatchObject({
      keyId: id,
      workspace: 'default',
      name: 'who',
      scopes: ['subscribe'],
      streams: ['*'],
      root: false,
    });
    await expect(access.authenticate(newApiKey(id))).rejects.toMatchObject({ code: 'bad-credential' });
  });

  it('ends the connections of a revoked key, and those of a rotated one that use the old secret', async () => {
    const revoked = await auth.createKey();
    const rotated = await auth.createKey();
    const ends: string[] = [];
    access.watch(await access.authenticate(revoked.key), (reason) => ends.push(`revoked: ${reason}`));
    access.watch(await access.authenticate(rotated.key), (reason) => ends.push(`rotated: ${reason}`));
    await auth.call('DELETE', `/v1/keys/${revoked.id}`, { replica: 1 });
    const { key } = (await auth.call('POST', `/v1/keys/${rotated.id}/rotate`, { replica: 0 })).body;
    const newEnds: string[] = [];
    const stop = access.watch(await access.authenticate(key), (reason) => newEnds.push(reason));
    await eventually('both have ended', () => ends.length === 2);
    expect(ends.sort()).toEqual(['revoked: access-revoked', 'rotated: access-revoked']);
    await expect(access.authenticate(revoked.key)).rejects.toMatchObject({ code: 'bad-credential' });
    await expect(access.authenticate(rotated.key)).rejects.toMatchObject({ code: 'bad-credential' });
    expect(newEnds).toEqual([]);
    stop();
  });

  it('is answered by the other replica when one ends', async () => {
    const extra = await auth.startReplica();
    await eventually('it is ready', () => isReady(extra));
    const { key } = await auth.createKey();
    const asking = new AccessService(new NatsAuthChannel({ url: auth.nats.url, name: 'busy' }), {
      freshMs: 0,
      staleMs: 0,
    });
    let ended = false;
    const closed = extra.close().then(() => {
      ended = true;
    });
    while (!ended) await asking.authenticate(key);
    await closed;
    await asking.close();
  });
});
