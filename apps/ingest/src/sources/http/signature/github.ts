import { z } from 'zod';
import { hmacFault } from './hmac.js';
import { secretField } from './secret.js';
import type { SignatureFault, SignedRequest } from './signed-request.js';

/** `X-Hub-Signature-256: sha256=<hex>` over the body, as GitHub signs its deliveries. */
export const githubFields = z.strictObject({ type: z.literal('github'), secret: secretField });

export function githubFault(
  { secret }: z.output<typeof githubFields>,
  request: SignedRequest,
): SignatureFault {
  return hmacFault(
    { type: 'hmac', header: 'X-Hub-Signature-256', algorithm: 'sha256', secret, prefix: 'sha256=' },
    request,
  );
}
