import { describe, expect, it } from '@jest/globals';
import type { Principal } from '#libs/access';
import { requireNotStronger, requireReach } from './strength.js';

const caller: Principal = {
  keyId: 'k',
  workspace: 'default',
  name: 'n',
  scopes: ['manage', 'publish'],
  streams: ['p_1', 'p_2'],
  expiresAt: 1_000,
  root: false,
  fingerprint: 'f',
};
const key = { scopes: [...caller.scopes], streams: ['p_1'], expiresAt: 1_000 };
const refused = expect.objectContaining({ code: 'not-allowed' });

describe('requireNotStronger', () => {
  it('lets a key hand out what it has', () => {
    expect(() => requireNotStronger(caller, key)).not.toThrow();
    expect(() => requireNotStronger(caller, { ...key, scopes: ['publish'], expiresAt: 1 })).not.toThrow();
    const root: Principal = { ...caller, streams: ['*'], root: true };
    expect(() => requireNotStronger(root, { ...key, streams: ['*'], root: true })).not.toThrow();
  });

  it.each([
    ['another scope', { scopes: ['publish' as const, 'subscribe' as const] }],
    ['another stream', { streams: ['p_1', 'p_3'] }],
    ['every stream', { streams: ['*'] }],
    ['a longer life', { expiresAt: 1_001 }],
    ['the rights of a root key', { root: true as const }],
  ])('refuses %s', (_what, more) => {
    expect(() => requireNotStronger(caller, { ...key, ...more })).toThrow(refused);
  });

  it('refuses a key without end to one that expires', () => {
    expect(() => requireNotStronger(caller, { scopes: key.scopes, streams: key.streams })).toThrow(refused);
  });
});

describe('requireReach', () => {
  it('lets a key end others within its streams, whatever their scopes and life', () => {
    expect(() => requireReach(caller, { scopes: ['subscribe'], streams: ['p_2'] })).not.toThrow();
  });

  it('refuses streams out of reach, and root keys to others', () => {
    expect(() => requireReach(caller, { ...key, streams: ['*'] })).toThrow(refused);
    expect(() => requireReach(caller, { ...key, root: true })).toThrow(refused);
  });
});
