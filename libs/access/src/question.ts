import { createHash } from 'node:crypto';
import { hashSecret, keyIdOf } from './api-key.js';
import type { Question } from './decision.js';
import { isTicket } from './ticket-form.js';

/** What to ask about a credential, or undefined when its form alone says that it is not valid. */
export function questionAbout(credential: string): Question | undefined {
  if (isTicket(credential)) return { kind: 'ticket', ticket: credential };
  const keyId = keyIdOf(credential);
  return keyId === undefined ? undefined : { kind: 'api-key', keyId, hash: hashSecret(credential) };
}

/** Under what the answer is remembered: never the credential itself. */
export function digestOf(question: Question): string {
  if (question.kind === 'api-key') return question.hash;
  return createHash('sha256').update(question.ticket).digest('hex');
}
