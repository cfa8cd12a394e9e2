import { type importJWK, type JWTHeaderParameters, errors as joseErrors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { randomBase62 } from '#libs/contracts';
import type { KeyRef } from '../decision.js';
import type { PublicKey } from './public-key.js';

/** EdDSA: short signatures and keys, and every JWT library of today reads it. */
export const TICKET_ALGORITHM = 'EdDSA' satisfies PublicKey['alg'];

/** Who signs, and for whom: no token made for another purpose is a ticket, whatever it says. */
const ISSUER = 'urn:runnel:auth';
const AUDIENCE = 'urn:runnel:streams';
const TYPE = 'ticket+jwt';

/**
 * Seconds that a ticket counts beyond its `exp`. Both its times are cut to whole seconds, so that one for a second
 * could be over as it is made; and the clocks of two machines differ.
 */
const LEEWAY_S = 1;

/** A key as the JWT library takes it. */
export type CryptoKeyOfTickets = Awaited<ReturnType<typeof importJWK>>;

/** What a ticket says. */
export interface TicketClaims {
  /** The key that asked for it, and with which of its secrets: the ticket ends with that. */
  readonly issuedBy: KeyRef;
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
  /** Fingerprint of the key's secret. */
  key: z.string(),
});

export async function writeTicket(
  { kid, key }: { readonly kid: string; readonly key: CryptoKeyOfTickets },
  { issuedBy, ...claims }: TicketClaims,
  { issuedAtS, expiresAtS }: TicketTimes,
): Promise<string> {
  return await new SignJWT({ ...claims, key: issuedBy.fingerprint })
    .setProtectedHeader({ alg: TICKET_ALGORITHM, kid, typ: TYPE })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(issuedBy.keyId)
    .setJti(randomBase62(16))
    .setIssuedAt(issuedAtS)
    .setExpirationTime(expiresAtS)
    .sign(key);
}

/**
 * What a ticket says, or undefined when it is none, is not ours or has expired. Whether the key that asked for it is
 * still good is another question.
 *
 * @param keyOf the key with an id, if there is one; what it throws is passed on
 */
export async function readTicket(
  text: string,
  keyOf: (kid: string) => Promise<CryptoKeyOfTickets | undefined>,
): Promise<ReadTicket | undefined> {
  const find = async ({ kid }: JWTHeaderParameters) => {
    const key = kid === undefined ? undefined : await keyOf(kid);
    if (key === undefined) throw new joseErrors.JWKSNoMatchingKey();
    return key;
  };
  try {
    const { payload } = await jwtVerify(text, find, {
      algorithms: [TICKET_ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: TYPE,
      clockTolerance: LEEWAY_S,
    });
    const { sub: keyId, key: fingerprint, exp, ...claims } = claimsSchema.parse(payload);
    return { ...claims, issuedBy: { keyId, fingerprint }, expiresAt: (exp + LEEWAY_S) * 1_000 };
  } catch (error) {
    if (error instanceof joseErrors.JOSEError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
