import { createHash } from 'node:crypto';
import { API_KEY_PREFIX, hashSecret, parseApiKey } from './api-key.js';
import type { Question } from './decision.js';

/** Three base64url parts, as a signed token has them, and no longer than what a query or a cookie can carry. */
const TICKET = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const MAX_TICKET_LENGTH = 4_096;

/** What to ask about a credential, or undefined when its form alone says that it is not valid. */
export function questionAbout(credential: string): Question | undefined {
  if (credential.startsWith(API_KEY_PREFIX)) {
    const parts = parseApiKey(credential);
    return parts && { kind: 'api-key', keyId: parts.keyId, hash: hashSecret(credential) };
  }
  if (credential.length > MAX_TICKET_LENGTH || !TICKET.test(credential)) return undefined;
  return { kind: 'ticket', ticket: credential };
}

/** Under what the answer is remembered: never the credential itself. */
export function digestOf(question: Question): string {
  if (question.kind === 'api-key') return question.hash;
  return createHash('sha256').update(question.ticket).digest('hex');
}
