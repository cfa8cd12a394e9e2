import { describe, expect, it } from '@jest/globals';
import { AccountKey } from './nkey.js';

/** Made with the tools of NATS. */
const SEED = 'SAAMX2AVXVB6SKMJGBYTONHNSR43JNUANEEXS7WV37AEKJEEDURYQNJK2Q';
const PUBLIC_KEY = 'ADOVYDG4QBDG3VYS6UOTLM4LL756ZZHFPJE625QWPFQWOB3O2SZHZF3I';
const SIGNATURE = 'cVO0gQtuL9tDCA7ZpEmza0GbW18dt9uCjetZyO0AwMqpJZtxAhLgmCKwqjztak6Abn2HbNikMtw8KjBBuYCcDw';

describe('AccountKey', () => {
  it('reads, writes and signs as the tools of NATS do', () => {
    const key = AccountKey.fromSeed(SEED);
    expect(key?.publicKey).toBe(PUBLIC_KEY);
    expect(key?.seed).toBe(SEED);
    expect(key?.sign(Buffer.from('runnel')).toString('base64url')).toBe(SIGNATURE);
  });

  it('is made anew each time, and read back from its seed', () => {
    const key = AccountKey.generate();
    expect(key.seed).toMatch(/^SA[A-Z2-7]{56}$/);
    expect(key.publicKey).toMatch(/^A[A-Z2-7]{55}$/);
    expect(AccountKey.fromSeed(key.seed)?.publicKey).toBe(key.publicKey);
    expect(AccountKey.generate().seed).not.toBe(key.seed);
  });

  it.each([
    '',
    PUBLIC_KEY,
    SEED.slice(0, -1),
    `${SEED}A`,
    SEED.toLowerCase(),
    SEED.replace('MX2', 'MX3'),
    `SU${SEED.slice(2)}`,
    // The same bytes, with a spare bit set at the end.
    `${SEED.slice(0, -1)}R`,
  ])('refuses what is no seed of an account: %s', (text) => {
    expect(AccountKey.fromSeed(text)).toBeUndefined();
  });
});
