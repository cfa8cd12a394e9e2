import { z } from 'zod';
import { secretField } from './secret.js';
import { hmacOf, onlyHeader, type SignatureFault, type SignedRequest, sameBytes } from './signed-request.js';

const MAX_PREFIX_LENGTH = 64;

/** A header with the HMAC of the body: what most senders do, each with a header and a spelling of its own. */
export const hmacFields = z.strictObject({
  type: z.literal('hmac'),
  header: z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, 'must be the name of a header'),
  algorithm: z.enum(['sha1', 'sha256', 'sha384', 'sha512'], 'must be "sha1", "sha256", "sha384" or "sha512"'),
  secret: secretField,
  /** How the signature is written. Default: hex. */
  encoding: z.enum(['hex', 'base64'], 'must be "hex" or "base64"').optional(),
  /** What stands before the signature, such as `sha256=`. Default: nothing. */
  prefix: z.string().max(MAX_PREFIX_LENGTH, `must have at most ${MAX_PREFIX_LENGTH} characters`).optional(),
});

type HmacSettings = z.output<typeof hmacFields>;

export function hmacFault(
  { header, algorithm, secret, encoding = 'hex', prefix = '' }: HmacSettings,
  request: SignedRequest,
): SignatureFault {
  const value = onlyHeader(request, header);
  if (value === undefined) return `The header ${header} is missing.`;
  if (!value.startsWith(prefix)) return `The header ${header} does not begin as it is set up.`;
  const given = Buffer.from(value.slice(prefix.length), encoding);
  return sameBytes(hmacOf(algorithm, secret, request.body), given)
    ? undefined
    : `The signature in ${header} does not match the body.`;
}
