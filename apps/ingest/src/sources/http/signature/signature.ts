import { z } from 'zod';
import { githubFault, githubFields } from './github.js';
import { hmacFault, hmacFields } from './hmac.js';
import type { SignatureFault, SignedRequest } from './signed-request.js';
import { standardWebhooksFault, standardWebhooksFields } from './standard-webhooks.js';
import { stripeFault, stripeFields } from './stripe.js';

/** How the senders of a source prove who they are. */
export const signatureFields = z.discriminatedUnion(
  'type',
  [hmacFields, githubFields, stripeFields, standardWebhooksFields],
  'must have the type "hmac", "github", "stripe" or "standard-webhooks"',
);

export type SignatureSettings = z.output<typeof signatureFields>;

/** What is wrong with the signature of a request, or undefined. */
export function signatureFault(settings: SignatureSettings, request: SignedRequest): SignatureFault {
  switch (settings.type) {
    case 'hmac':
      return hmacFault(settings, request);
    case 'github':
      return githubFault(settings, request);
    case 'stripe':
      return stripeFault(settings, request);
    case 'standard-webhooks':
      return standardWebhooksFault(settings, request);
  }
}

/** The settings as the API shows them: without the secret. */
export function signatureView({ secret: _, ...shown }: SignatureSettings) {
  return shown;
}
