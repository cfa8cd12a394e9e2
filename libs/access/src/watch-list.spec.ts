import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { REVOCATION_BOUND_S } from '#libs/contracts';
import { FakeChannel, principalFor } from '../test/fake-channel.js';
import type { KeyRef } from './decision.js';
import { WatchList } from './watch-list.js';

let channel: FakeChannel;
let list: WatchList;
let revoked: KeyRef[];
let ends: string[];

beforeEach(() => {
  jest.useFakeTimers();
  channel = new FakeChannel();
  revoked = [];
  ends = [];
  list = new WatchList(
    (keys) => channel.recheck(keys),
    (key) => revoked.push(key),
  );
});
afterEach(() => {
  list.close();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const OLD = 'a'.repeat(64);
const NEW = 'b'.repeat(64);
function watch(keyId: string, { hash = OLD, expiresAt }: { hash?: string; expiresAt?: number } = {}) {
  const more = expiresAt === undefined ? {} : { expiresAt };
  return list.add(principalFor(keyId, hash, more), (reason) => ends.push(`${keyId}: ${reason}`));
}

describe('WatchList', () => {
  it('ends every connection of a revoked key within the bound though no announcement comes', async () => {
    for (let n = 0; n < 3; n += 1) watch('leaked');
    watch('good');
    await pass(7_777);
    channel.verdicts.set('leaked', 'access-revoked');
    await pass(REVOCATION_BOUND_S * 1_000 - 1_000);
    expect(ends).toEqual(Array(3).fill('leaked: access-revoked'));
    expect(revoked).toMatchObject([{ keyId: 'leaked' }]);
  });

  it('checks a new connection within a second, since its admission may be some seconds old', async () => {
    channel.verdicts.set('leaked', 'access-revoked');
    watch('leaked');
    await pass(1_000);
    expect(ends).toEqual(['leaked: access-revoked']);
  });

  it('asks once for all connections of a key, and once for many keys', async () => {
    for (let key = 0; key < 300; key += 1) for (let n = 0; n < 4; n += 1) watch(`key${key}`);
    await pass(1_000);
    expect(channel.rechecks.map((keys) => keys.length)).toEqual([300]);
    await pass(10_000);
    expect(channel.rechecks.length).toBeLessThanOrEqual(5);
  });

  it('asks about 500 keys at a time', async () => {
    for (let key = 0; key < 1_100; key += 1) watch(`key${key}`);
    await pass(1_000);
    expect(channel.rechecks.map((keys) => keys.length)).toEqual([500, 500, 100]);
  });

  it('ends the connections of an announced key at once', () => {
    watch('one');
    watch('two');
    list.end({ keyId: 'one' });
    expect(ends).toEqual(['one: access-revoked']);
  });

  it('leaves connections with the new secret of a rotated key', async () => {
    watch('rotated', { hash: OLD });
    const principal = principalFor('rotated', NEW);
    const stop = list.add(principal, () => ends.push('new'));
    list.end({ keyId: 'rotated', fingerprint: principal.fingerprint });
    await pass(5_000);
    expect(ends).toEqual(['rotated: access-revoked']);
    stop();
  });

  it('ends each connection when its own credential expires', async () => {
    const now = Date.now();
    watch('k', { expiresAt: now + 2_500 });
    watch('k', { expiresAt: now + 60_000 });
    watch('k');
    await pass(2_000);
    expect(ends).toEqual([]);
    await pass(1_000);
    expect(ends).toEqual(['k: credential-expired']);
    await pass(60_000);
    expect(ends).toEqual(['k: credential-expired', 'k: credential-expired']);
  });

  it('leaves connections open while nobody can be asked, and asks again until somebody answers', async () => {
    watch('k');
    channel.reachable = false;
    await pass(30_000);
    expect(ends).toEqual([]);
    channel.reachable = true;
    channel.verdicts.set('k', 'access-revoked');
    await pass(1_000);
    expect(ends).toEqual(['k: access-revoked']);
  });

  it('expires credentials while nobody can be asked, too', async () => {
    channel.recheck = () => new Promise(() => {});
    watch('k', { expiresAt: Date.now() + 3_000 });
    await pass(3_000);
    expect(ends).toEqual(['k: credential-expired']);
  });

  it('says nothing after the connection has left, and runs no timer for nobody', async () => {
    const stop = watch('k');
    const other = watch('k');
    expect(jest.getTimerCount()).toBe(1);
    stop();
    stop();
    list.end({ keyId: 'k' });
    expect(ends).toEqual(['k: access-revoked']);
    expect(jest.getTimerCount()).toBe(0);
    other();
    await pass(10_000);
    expect(channel.rechecks).toEqual([]);
  });

  it('lets one listener close the others', () => {
    const stops: (() => void)[] = [];
    for (let n = 0; n < 3; n += 1) {
      const stop = list.add(principalFor('k', OLD), () => {
        ends.push('end');
        for (const each of stops) each();
      });
      stops.push(stop);
    }
    list.end({ keyId: 'k' });
    expect(ends).toEqual(['end']);
  });
});
