import { type JWTHeaderParameters, errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { randomBase62 } from '#libs/contracts';
import { ALGORITHM, type SigningKeys } from './signing-keys.js';

/** Who signs, and for whom: no token made for another purpose is a ticket, whatever it says. */
const ISSUER = 'urn:runnel:auth';
const AUDIENCE = 'urn:runnel:streams';
const TYPE = 'ticket+jwt';

/**
 * Seconds that a ticket counts beyond its `exp`. Both its times are cut to whole seconds, so that one for a second
 * could be over as it is made; and the clocks of two replicas differ.
 */
const LEEWAY_S = 1;

/** What a ticket says. */
export interface TicketClaims {
  /** The key that asked for it: the ticket ends with that key. */
  readonly keyId: string;
  readonly fingerprint: string;
  readonly workspace: string;
  readonly streams: readonly string[];
  /** Left out: all channels. */
  readonly channels?: readonly string[];
}

/** Whole seconds since 1970, as in the token. */
export interface TicketTimes {
  readonly issuedAtS: number;
  readonly expiresAtS: number;
}

export interface ReadTicket extends TicketClaims {
  /** Milliseconds since 1970 until which it counts. */
  readonly expiresAt: number;
}

const claimsSchema = z.object({
  sub: z.string(),
  exp: z.number(),
  workspace: z.string(),
  streams: z.array(z.string()),
  channels: z.array(z.string()).exactOptional(),
  key: z.string(),
});

/** @throws Problem `unavailable` when the signing key cannot be read */
export async function writeTicket(
  keys: SigningKeys,
  claims: TicketClaims,
  { issuedAtS, expiresAtS }: TicketTimes,
): Promise<string> {
  const { kid, key } = await keys.current();
  const { keyId, fingerprint, ...rest } = claims;
  return await new SignJWT({ ...rest, key: fingerprint })
    .setProtectedHeader({ alg: ALGORITHM, kid, typ: TYPE })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(keyId)
    .setJti(randomBase62(16))
    .setIssuedAt(issuedAtS)
    .setExpirationTime(expiresAtS)
    .sign(key);
}

/**
 * What a ticket says, or why it is none. Whether the key behind it is still good is another question.
 *
 * @throws Problem `unavailable` when the signing keys cannot be read
 */
export async function readTicket(
  keys: SigningKeys,
  text: string,
): Promise<ReadTicket | 'unknown' | 'expired'> {
  try {
    const { payload } = await jwtVerify(text, (header) => verifyingKey(keys, header), {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: TYPE,
      clockTolerance: LEEWAY_S,
    });
    const { sub, exp, key, ...rest } = claimsSchema.parse(payload);
    return { keyId: sub, fingerprint: key, ...rest, expiresAt: (exp + LEEWAY_S) * 1_000 };
  } catch (error) {
    if (error instanceof joseErrors.JWTExpired) return 'expired';
    if (error instanceof joseErrors.JOSEError || error instanceof z.ZodError) return 'unknown';
    throw error;
  }
}

async function verifyingKey(keys: SigningKeys, { kid }: JWTHeaderParameters) {
  const key = kid === undefined ? undefined : await keys.find(kid);
  if (key === undefined) throw new joseErrors.JWKSNoMatchingKey();
  return key;
}
