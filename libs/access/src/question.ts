import { hashSecret, keyIdOf } from './api-key.js';
import type { KeyRef, Question } from './decision.js';

/** What to ask about an API key, or undefined when its form alone says that it is not valid. */
export function questionAbout(apiKey: string): Question | undefined {
  const keyId = keyIdOf(apiKey);
  return keyId === undefined ? undefined : { kind: 'api-key', keyId, hash: hashSecret(apiKey) };
}

/** What to ask about the key behind a ticket. */
export function questionBehind({ keyId, fingerprint }: KeyRef): Question {
  return { kind: 'key-behind-ticket', keyId, fingerprint };
}

/** Under what the answer is remembered: never the credential itself. */
export function digestOf(question: Question): string {
  return question.kind === 'api-key' ? question.hash : `${question.keyId}.${question.fingerprint}`;
}
