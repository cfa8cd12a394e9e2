import { z } from 'zod';
import { AccountKey, keyIdOf } from '#libs/access';
import { commonSettings, defineSettings, plainText, setting, wholeNumber } from '#libs/service';

/** The settings of auth (docs/configuration.md). */
export const authSettings = defineSettings({
  ...commonSettings({ port: 3002 }),
  adminKey: setting({
    env: 'RUNNEL_ADMIN_KEY',
    schema: z
      .string()
      .refine((text) => keyIdOf(text) !== undefined, { message: 'must be 24 to 256 characters' })
      .describe('24 to 256 printable ASCII characters without spaces'),
    secret: true,
    doc: 'A root key that each start makes sure of, unless it was revoked or rotated meanwhile: random text of your own, such as from `openssl rand -hex 32`, or a key of Runnel. Unset: the first start makes one and prints it once.',
  }),
  natsCalloutSeed: setting({
    env: 'RUNNEL_NATS_CALLOUT_SEED',
    schema: z
      .string()
      .refine((text) => AccountKey.fromSeed(text) !== undefined, {
        message: 'must be the seed of an account',
      })
      .describe('seed of a NATS account key, SA…'),
    secret: true,
    doc: 'Signs the logins of publishers; its public key is the issuer in the configuration of nats-server (docs/nats.md). Unset: API keys cannot sign in to NATS.',
  }),
  natsCalloutUser: setting({
    env: 'RUNNEL_NATS_CALLOUT_USER',
    schema: plainText(),
    doc: 'User with which auth signs in to the system account of NATS, to answer for logins.',
  }),
  natsCalloutPassword: setting({
    env: 'RUNNEL_NATS_CALLOUT_PASSWORD',
    schema: plainText('text without control characters'),
    secret: true,
    doc: 'Password of that user.',
  }),
  natsPublishersAccount: setting({
    env: 'RUNNEL_NATS_PUBLISHERS_ACCOUNT',
    schema: plainText()
      .regex(/^[\w-]+$/, 'must be one word')
      .describe('name of an account'),
    default: 'PUBLISHERS',
    doc: 'Account of NATS that publishers are put in.',
  }),
  maxKeys: setting({
    env: 'RUNNEL_MAX_KEYS',
    schema: wholeNumber(0, 10_000_000),
    default: 100_000,
    doc: 'Keys of each workspace that are not revoked: above it, 429. 0: no limit.',
  }),
});

export type AuthSettings = ReturnType<typeof authSettings.parse>;
