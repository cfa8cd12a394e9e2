import { isKeyId } from '../api-key.js';
import type { KeyRef } from '../decision.js';

const FINGERPRINT = /^[0-9a-f]{16}$/;

/** The name that a connection has in nats-server: which key it signed in with, and with which of its secrets. */
export function loginName({ keyId, fingerprint }: KeyRef): string {
  return `${keyId}.${fingerprint}`;
}

/** Reads a name, or returns undefined for one that {@link loginName} has not written. */
export function readLoginName(name: string): KeyRef | undefined {
  const [keyId = '', fingerprint = '', ...others] = name.split('.');
  const ours = isKeyId(keyId) && FINGERPRINT.test(fingerprint) && others.length === 0;
  return ours ? { keyId, fingerprint } : undefined;
}
