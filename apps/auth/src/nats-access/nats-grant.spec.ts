import { describe, expect, it } from '@jest/globals';
import type { Principal } from '#libs/access';
import { newStreamId } from '#libs/contracts';
import { natsGrant } from './nats-grant.js';

const principal: Principal = {
  keyId: 'abcdefghijkl',
  workspace: 'ws_1',
  name: 'n',
  scopes: ['publish'],
  streams: ['*'],
  root: false,
  fingerprint: '0123456789abcdef',
};
const grant = (more: Partial<Principal> = {}) => natsGrant({ ...principal, ...more }, 'PUBLISHERS');
const inS = (expiresAtS: number | undefined) => (expiresAtS ?? 0) - Date.now() / 1_000;

describe('natsGrant', () => {
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

  it('lets a key hear of the subscribers of its streams, or of those of its workspace', () => {
    const stream = newStreamId('workflow');
    const scopes = ['subscribe'] as const;
    expect(grant({ scopes, streams: [stream] })).toMatchObject({
      publish: [],
      subscribe: [`presence.ws_1.${stream}`],
    });
    expect(grant({ scopes, root: true })).toMatchObject({ publish: [], subscribe: ['presence.ws_1.*'] });
    expect(grant({ scopes: ['publish', 'subscribe'] })?.subscribe).toEqual([
      '_INBOX_abcdefghijkl.>',
      'presence.ws_1.*',
    ]);
  });

  it('gives nothing to a key that may neither publish nor subscribe', () => {
    expect(grant({ scopes: ['manage'] })).toBeUndefined();
  });

  it('lasts some minutes, another number for each, and never longer than the key', () => {
    const lives = Array.from({ length: 20 }, () => inS(grant()?.expiresAtS));
    for (const life of lives) expect([life > 718, life <= 900]).toEqual([true, true]);
    expect(new Set(lives.map(Math.round)).size).toBeGreaterThan(5);
    expect(inS(grant({ expiresAt: Date.now() + 10_000 })?.expiresAtS)).toBeLessThanOrEqual(10);
  });
});
