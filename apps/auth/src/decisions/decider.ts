import { Injectable } from '@nestjs/common';
import {
  type AuthChannel,
  type Decision,
  fingerprintOf,
  type KeyRecord,
  type KeyRef,
  KeyStore,
  type PublicKey,
  principalOfKey,
  type Question,
  sameHash,
  type Verdict,
} from '#libs/access';
import { SigningKeys } from '../tickets/signing-keys.js';

/**
 * Makes the decisions, from the stored keys and nothing else: every replica gives the same answer. It is what
 * the other services ask over NATS, and what auth's own addresses ask without the detour.
 */
@Injectable()
export class Decider implements AuthChannel {
  constructor(
    private readonly keys: KeyStore,
    private readonly signingKeys: SigningKeys,
  ) {}

  decide(question: Question): Promise<Decision> {
    return question.kind === 'api-key' ? this.decideKey(question) : this.decideOwner(question);
  }

  async recheck(keys: readonly KeyRef[]): Promise<Verdict[]> {
    const records = await this.keys.getMany(keys.map(({ keyId }) => keyId));
    return await Promise.all(
      keys.map(async (key) => {
        const verdict = verdictOn(key, records.get(key.keyId));
        // Read from a replica, which may lag: nobody is cut off without the leader's word.
        return verdict === 'valid' ? verdict : verdictOn(key, await this.keys.get(key.keyId));
      }),
    );
  }

  ticketKeys(): Promise<PublicKey[]> {
    return this.signingKeys.published();
  }

  /** What is asked here is never remembered ({@link AuthModule}), so there is nothing to take back. */
  onRevoked(): () => void {
    return () => {};
  }

  async close(): Promise<void> {}

  private async decideKey(question: Extract<Question, { kind: 'api-key' }>): Promise<Decision> {
    const record = await this.keys.get(question.keyId);
    if (record === undefined || !sameHash(record.hash, question.hash))
      return { ok: false, reason: 'unknown' };
    if (record.revokedAt !== undefined) return { ok: false, reason: 'revoked' };
    if (isExpired(record)) return { ok: false, reason: 'expired' };
    return { ok: true, principal: principalOfKey(record) };
  }

  /** Of the key behind a ticket it is known which secret it had; the ticket itself has proved the rest. */
  private async decideOwner(key: KeyRef): Promise<Decision> {
    const record = await this.keys.get(key.keyId);
    const verdict = verdictOn(key, record);
    if (record === undefined || verdict === 'access-revoked') return { ok: false, reason: 'revoked' };
    if (verdict === 'credential-expired') return { ok: false, reason: 'expired' };
    return { ok: true, principal: principalOfKey(record) };
  }
}

function verdictOn({ fingerprint }: KeyRef, record: KeyRecord | undefined): Verdict {
  if (record === undefined || record.revokedAt !== undefined) return 'access-revoked';
  if (fingerprintOf(record.hash) !== fingerprint) return 'access-revoked';
  return isExpired(record) ? 'credential-expired' : 'valid';
}

function isExpired({ expiresAt }: KeyRecord): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now();
}
