import { z } from 'zod';
import { parseApiKey } from '#libs/access';
import { commonSettings, defineSettings, setting } from '#libs/service';

/** The settings of auth (docs/configuration.md). */
export const authSettings = defineSettings({
  ...commonSettings({ port: 3002 }),
  adminKey: setting({
    env: 'RUNNEL_ADMIN_KEY',
    schema: z
      .string()
      .refine((text) => parseApiKey(text) !== undefined, { message: 'must be an API key, rnl_…' })
      .describe('an API key, rnl_<key id>_<secret><checksum>'),
    secret: true,
    doc: 'A root key that each start makes sure of, unless it was revoked or rotated meanwhile. Unset: the first start makes one and prints it once.',
  }),
});

export type AuthSettings = ReturnType<typeof authSettings.parse>;
