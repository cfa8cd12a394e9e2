import { describe, expect, it } from '@jest/globals';
import { AccountKey } from '#libs/access';
import { authSettings } from '../auth-settings.js';
import { calloutSettings } from './callout-settings.js';

const issuer = AccountKey.generate();
const env = {
  RUNNEL_NATS_CALLOUT_SEED: issuer.seed,
  RUNNEL_NATS_CALLOUT_USER: 'auth',
  RUNNEL_NATS_CALLOUT_PASSWORD: 'secret',
};
const from = (more: Record<string, string | undefined>) => calloutSettings(authSettings.parse(more));

describe('the settings of NATS logins', () => {
  it('are complete, or not there at all', () => {
    expect(from({})).toBeUndefined();
    expect(from(env)).toMatchObject({ user: 'auth', password: 'secret', account: 'PUBLISHERS' });
    expect(from(env)?.issuer.publicKey).toBe(issuer.publicKey);
    expect(from({ ...env, RUNNEL_NATS_PUBLISHERS_ACCOUNT: 'OTHERS' })).toMatchObject({ account: 'OTHERS' });
  });

  it.each(Object.keys(env))('are refused without %s', (name) => {
    expect(() => from({ ...env, [name]: undefined })).toThrow(/RUNNEL_NATS_CALLOUT_SEED.* belong together/);
  });

  it('take the seed of an account and nothing else, which they never show', () => {
    const seed = `${issuer.seed.slice(0, -2)}AA`;
    const attempt = () => from({ ...env, RUNNEL_NATS_CALLOUT_SEED: seed });
    expect(attempt).toThrow(/RUNNEL_NATS_CALLOUT_SEED .*SA…/);
    expect(attempt).toThrow(expect.objectContaining({ message: expect.not.stringContaining(seed) }));
  });
});
