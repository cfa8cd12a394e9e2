import { describe, expect, it } from '@jest/globals';
import type { Principal } from '#libs/access';
import { newStreamId } from '#libs/contracts';
import { publisherGrant } from './publisher-grant.js';

const principal: Principal = {
  keyId: 'abcdefghijkl',
  workspace: 'ws_1',
  name: 'n',
  scopes: ['publish'],
  streams: ['*'],
  root: false,
  fingerprint: '0123456789abcdef',
};
const grant = (more: Partial<Principal> = {}) => publisherGrant({ ...principal, ...more }, 'PUBLISHERS');
const inS = (expiresAtS: number | undefined) => (expiresAtS ?? 0) - Date.now() / 1_000;

describe('publisherGrant', () => {
  it('lets a key publish to its streams and hear its own answers', () => {
    const streams = [newStreamId('workflow'), newStreamId('source')];
    expect(grant({ streams })).toMatchObject({
      name: 'abcdefghijkl.0123456789abcdef',
      account: 'PUBLISHERS',
      publish: [`publish.ws_1.${streams[0]}`, `publish.ws_1.${streams[1]}`],
      subscribe: ['_INBOX_abcdefghijkl.>'],
    });
  });

  it('lets a key for all streams publish to those of its workspace, and of no other', () => {
    expect(grant()?.publish).toEqual(['publish.ws_1.*']);
    expect(grant({ root: true })?.publish).toEqual(['publish.ws_1.*']);
  });

  it('gives nothing to a key that may not publish', () => {
    expect(grant({ scopes: ['subscribe', 'manage'] })).toBeUndefined();
  });

  it('lasts some minutes, another number for each, and never longer than the key', () => {
    const lives = Array.from({ length: 20 }, () => inS(grant()?.expiresAtS));
    for (const life of lives) expect([life > 718, life <= 900]).toEqual([true, true]);
    expect(new Set(lives.map(Math.round)).size).toBeGreaterThan(5);
    expect(inS(grant({ expiresAt: Date.now() + 10_000 })?.expiresAtS)).toBeLessThanOrEqual(10);
  });
});
