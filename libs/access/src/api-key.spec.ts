import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  fingerprintOf,
  hashSecret,
  isKeyId,
  keyIdOf,
  newApiKey,
  newKeyId,
  parseApiKey,
  sameHash,
} from './api-key.js';

describe('API keys', () => {
  it('are read back as they were made, with at least 160 bits of secret', () => {
    const id = newKeyId();
    const text = newApiKey(id);
    const parts = parseApiKey(text);
    expect(parts?.keyId).toBe(id);
    expect(Math.log2(62) * (parts?.secret.length ?? 0)).toBeGreaterThan(160);
    expect(text).toMatch(/^rnl_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
  });

  it('differ each time, also under the same id', () => {
    const id = newKeyId();
    expect(new Set([newApiKey(id), newApiKey(id), newApiKey(), newApiKey()]).size).toBe(4);
  });

  it('have a checksum that others can compute: CRC-32 in base 62, most significant digit first', () => {
    const text = `rnl_${'0'.repeat(12)}_${'0'.repeat(32)}`;
    // 3809838372 in base 62.
    expect(parseApiKey(`${text}49ph00`)).toEqual({ keyId: '0'.repeat(12), secret: '0'.repeat(32) });
    expect(parseApiKey(`${text}49ph01`)).toBeUndefined();
  });

  it('are refused after any change of a single character', () => {
    const text = newApiKey();
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0aZ_-'), (at, other) => {
        fc.pre(text[at] !== other);
        expect(parseApiKey(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
      }),
    );
  });

  it.each([
    '',
    'rnl_',
    ` ${newApiKey()}`,
    `${newApiKey()}\n`,
    `${newApiKey()}0`,
    newApiKey().slice(0, -1),
    newApiKey().toUpperCase(),
    `sk_${newApiKey().slice(4)}`,
  ])('are refused in another form: %j', (text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });

  it('are stored as a hash that is compared whole', () => {
    const text = newApiKey();
    expect(hashSecret(text)).toMatch(/^[0-9a-f]{64}$/);
    expect(sameHash(hashSecret(text), hashSecret(text))).toBe(true);
    expect(sameHash(hashSecret(text), hashSecret(newApiKey()))).toBe(false);
    expect(sameHash(hashSecret(text), hashSecret(text).slice(1))).toBe(false);
    expect(sameHash(hashSecret(text), '')).toBe(false);
    expect(fingerprintOf(hashSecret(text))).toHaveLength(16);
  });

  it('have ids that cannot change the subject they become part of', () => {
    expect(isKeyId(newKeyId())).toBe(true);
    for (const id of ['', '*', '>', 'a.b', 'abcdefghijk*', 'abcdefghijk\n', 'abcdefghijklm']) {
      expect(isKeyId(id)).toBe(false);
    }
  });

  it('have the id that is written in them, or one that the hash of a text made elsewhere gives', () => {
    const ours = newApiKey();
    expect(keyIdOf(ours)).toBe(parseApiKey(ours)?.keyId);
    const theirs = 'a'.repeat(24);
    expect(keyIdOf(theirs)).toBe('CngEh0EII6rM');
    expect(isKeyId(keyIdOf(theirs) as string)).toBe(true);
    // Also for one that looks like ours, so that it cannot pass for the key whose id it shows.
    expect(keyIdOf(`${ours}x`)).not.toBe(parseApiKey(ours)?.keyId);
  });

  it.each([
    'a'.repeat(23),
    'a'.repeat(257),
    `${'a'.repeat(24)} `,
    `${'a'.repeat(24)}é`,
    'eyJhbGciOiJub25lIn0.e30.c2ln',
  ])('cannot be too short, too long, unprintable, or have the form of a ticket: %j', (text) =>
    expect(keyIdOf(text)).toBeUndefined(),
  );
});
