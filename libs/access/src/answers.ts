import { z } from 'zod';
import type { Decision, Verdict } from './decision.js';
import { SCOPES } from './principal.js';
import { type PublicKey, publicKeySchema } from './tickets/public-key.js';

/**
 * What travels between the services: questions and answers over NATS, announcements. Each side reads what the
 * other wrote with these schemas, because services of two versions may run side by side during an update.
 */

const principal = z.object({
  keyId: z.string(),
  workspace: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  streams: z.array(z.string()),
  expiresAt: z.number().exactOptional(),
  root: z.boolean(),
  fingerprint: z.string(),
});

const decision = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), principal }),
  z.object({ ok: z.literal(false), reason: z.enum(['unknown', 'revoked', 'expired']) }),
]);

const verdict = z.enum(['valid', 'access-revoked', 'credential-expired']);

const keyRef = z.object({ keyId: z.string(), fingerprint: z.string() });

/** In place of an answer when `auth` cannot read the keys: not a refusal. */
const unavailable = z.object({ unavailable: z.literal(true) });

export const questionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('api-key'), keyId: z.string(), hash: z.string() }),
  z.object({ kind: z.literal('key-behind-ticket'), keyId: z.string(), fingerprint: z.string() }),
]);
export const recheckSchema = z.object({ keys: z.array(keyRef) });

export const decideAnswerSchema = z.union([decision, unavailable]);
export const ticketKeysAnswerSchema = z.union([z.object({ keys: z.array(publicKeySchema) }), unavailable]);
export const recheckAnswerSchema = z.union([z.object({ verdicts: z.array(verdict) }), unavailable]);

export const revocationSchema = z.object({ keyId: z.string(), fingerprint: z.string().exactOptional() });
export const workspaceDeletedSchema = z.object({ workspace: z.string() });

export type DecideAnswer = Decision | { readonly unavailable: true };
export type RecheckAnswer = { readonly verdicts: readonly Verdict[] } | { readonly unavailable: true };
export type TicketKeysAnswer = { readonly keys: readonly PublicKey[] } | { readonly unavailable: true };
export type WorkspaceDeleted = z.infer<typeof workspaceDeletedSchema>;
