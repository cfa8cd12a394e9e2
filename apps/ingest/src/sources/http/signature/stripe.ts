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

/** `Stripe-Signature: t=<seconds>,v1=<hex>` over `<t>.<body>`; while a secret is rolled, several `v1`. */
export const stripeFields = z.strictObject({ type: z.literal('stripe'), secret: secretField });

export function stripeFault(
  { secret }: z.output<typeof stripeFields>,
  request: SignedRequest,
): SignatureFault {
  const header = onlyHeader(request, 'Stripe-Signature');
  if (header === undefined) return 'The header Stripe-Signature is missing.';
  const parts = header.split(',').map((part) => part.trim().split('='));
  const time = parts.find(([name]) => name === 't')?.[1];
  if (time === undefined) return 'The header Stripe-Signature has no time.';
  const expected = hmacOf('sha256', secret, `${time}.`, request.body);
  const given = parts.filter(([name]) => name === 'v1').map(([, hex = '']) => Buffer.from(hex, 'hex'));
  if (!given.some((signature) => sameBytes(expected, signature))) {
    return 'No signature in Stripe-Signature matches the body.';
  }
  return isTimely(time, request.receivedAt) ? undefined : 'The time of the signature is too far from ours.';
}
