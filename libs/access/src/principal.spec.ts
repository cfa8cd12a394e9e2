import { describe, expect, it } from '@jest/globals';
import { allows, type Principal, requireAllowed } from './principal.js';

const principal: Principal = {
  keyId: 'abcdefghijkl',
  workspace: 'default',
  name: 'test',
  scopes: ['publish', 'subscribe'],
  streams: ['p_one'],
  root: false,
  fingerprint: '0',
};

describe('allows', () => {
  it('needs the scope, and the stream where one is named', () => {
    expect(allows(principal, 'publish')).toBe(true);
    expect(allows(principal, 'publish', 'p_one')).toBe(true);
    expect(allows(principal, 'publish', 'p_other')).toBe(false);
    expect(allows(principal, 'manage')).toBe(false);
    expect(allows(principal, 'manage', 'p_one')).toBe(false);
  });

  it('takes * for every stream', () => {
    expect(allows({ ...principal, streams: ['*'] }, 'publish', 'p_other')).toBe(true);
  });
});

describe('requireAllowed', () => {
  it('passes what is allowed and throws not-allowed otherwise', () => {
    expect(() => requireAllowed(principal, 'publish', 'p_one')).not.toThrow();
    expect(() => requireAllowed(principal, 'manage')).toThrow(
      expect.objectContaining({ code: 'not-allowed' }),
    );
    expect(() => requireAllowed(principal, 'publish', 'p_other')).toThrow(
      expect.objectContaining({ code: 'not-allowed' }),
    );
  });
});
