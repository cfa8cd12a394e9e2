import { z } from 'zod';

/** A key that tickets are verified with, as it is published: a JWK. */
export const publicKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});

export type PublicKey = Readonly<z.infer<typeof publicKeySchema>>;
