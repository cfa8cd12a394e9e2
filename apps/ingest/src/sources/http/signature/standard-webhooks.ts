import { z } from 'zod';
import { secretField } from './secret.js';
import {
  hmacOf,
  isTimely,
  onlyHeader,
  type SignatureFault,
  type SignedRequest,
  sameBytes,
} from './signed-request.js';

const SECRET_PREFIX = 'whsec_';

/**
 * `webhook-signature: v1,<base64>` over `<webhook-id>.<webhook-timestamp>.<body>`, by the Standard Webhooks
 * specification; several, with spaces between, while a secret is rolled. The secret is base64 of the key.
 */
export const standardWebhooksFields = z.strictObject({
  type: z.literal('standard-webhooks'),
  secret: secretField.regex(/^(?:whsec_)?[0-9A-Za-z+/]+={0,2}$/, 'must be base64, with or without whsec_'),
});

export function standardWebhooksFault(
  { secret }: z.output<typeof standardWebhooksFields>,
  request: SignedRequest,
): SignatureFault {
  const [id, time, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    onlyHeader(request, name),
  );
  if (id === undefined || time === undefined || signatures === undefined) {
    return 'One of the headers webhook-id, webhook-timestamp and webhook-signature is missing.';
  }
  const key = Buffer.from(
    secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret,
    'base64',
  );
  const expected = hmacOf('sha256', key, `${id}.${time}.`, request.body);
  const given = signatures.split(' ').filter((signature) => signature.startsWith('v1,'));
  if (!given.some((signature) => sameBytes(expected, Buffer.from(signature.slice(3), 'base64')))) {
    return 'No signature in webhook-signature matches the body.';
  }
  return isTimely(time, request.receivedAt) ? undefined : 'The time of the signature is too far from ours.';
}
