import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessService, NatsAuthChannel, parseApiKey } from '#libs/access';
import { Problem } from '#libs/contracts';
import type { RunningService } from '#libs/service';
import { eventually } from '#libs/testing';
import { AuthSystem, firstOf, isReady } from './fixtures/auth-system.js';

let auth: AuthSystem;
beforeAll(async () => {
  auth = await AuthSystem.start();
});
afterAll(() => auth?.stop());

describe('the first start', () => {
  it('makes exactly one root key however many auth.replicas start at once', async () => {
    expect(auth.firsts.filter((first) => first?.created)).toHaveLength(1);
    expect(parseApiKey(auth.rootKey)).toBeDefined();
    const { data } = (await auth.call('GET', '/v1/keys')).body;
    expect(data.filter(({ root }: { root: boolean }) => root)).toHaveLength(1);
  });

  it('makes no other at a later start', async () => {
    const later = await auth.startReplica();
    expect(await firstOf(later)).toEqual({ created: false });
    expect(await later.close()).toBe(true);
  });
});

describe('when NATS restarts', () => {
  it('says so, keeps known keys working elsewhere, and recovers by itself with every key in place', async () => {
    const { key } = await auth.createKey();
    const access = new AccessService(new NatsAuthChannel({ url: auth.nats.url, name: 'outage' }), {
      freshMs: 0,
    });
    const unknown = await auth.createKey();
    await access.authenticate(key);
    auth.nats.kill('SIGKILL');
    await auth.nats.exited;

    await eventually(
      'the replica is not ready',
      async () => !(await isReady(auth.replicas[0] as RunningService)),
    );
    expect((await fetch(`${auth.replicas[0]?.url}/healthz`)).status).toBe(200);
    expect(await auth.call('GET', '/v1/keys')).toMatchObject({
      status: 503,
      body: { type: 'urn:runnel:problem:unavailable' },
    });
    expect(await access.authenticate(key)).toMatchObject({ workspace: 'default' });
    await expect(access.authenticate(unknown.key)).rejects.toBeInstanceOf(Problem);

    await auth.nats.restart();
    await eventually('the auth.replicas are ready', async () =>
      (await Promise.all(auth.replicas.map(isReady))).every(Boolean),
    );
    await eventually(
      'the other service gets answers',
      async () => (await access.authenticate(unknown.key)).workspace,
    );
    expect((await auth.call('GET', '/v1/keys', { key, replica: 1 })).status).toBe(200);
    await access.close();
  });
});
