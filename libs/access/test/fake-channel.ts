import { Problem } from '#libs/contracts';
import { fingerprintOf } from '../src/api-key.js';
import type { AuthChannel, Decision, KeyRef, Question, Revocation, Verdict } from '../src/decision.js';
import type { Principal } from '../src/principal.js';
import type { PublicKey } from '../src/tickets/public-key.js';

/** Decides from what a test says, and counts what it is asked. */
export class FakeChannel implements AuthChannel {
  readonly questions: Question[] = [];
  readonly rechecks: (readonly KeyRef[])[] = [];
  publicKeys: readonly PublicKey[] = [];
  ticketKeyQuestions = 0;
  closed = false;
  reachable = true;
  /** By the hash of a key, or by the id of the key behind a ticket. */
  readonly decisions = new Map<string, Decision>();
  /** By key id; valid when nothing is said. */
  readonly verdicts = new Map<string, Verdict>();
  /** What each decision waits for. */
  gate: Promise<void> = Promise.resolve();
  private readonly listeners = new Set<(revocation: Revocation) => void>();

  async decide(question: Question): Promise<Decision> {
    this.questions.push(question);
    const known = question.kind === 'api-key' ? question.hash : question.keyId;
    const decision = this.decisions.get(known) ?? { ok: false, reason: 'unknown' };
    await this.gate;
    this.requireReachable();
    return decision;
  }

  async recheck(keys: readonly KeyRef[]): Promise<readonly Verdict[]> {
    this.rechecks.push(keys);
    this.requireReachable();
    return keys.map(({ keyId }) => this.verdicts.get(keyId) ?? 'valid');
  }

  async ticketKeys(): Promise<readonly PublicKey[]> {
    this.ticketKeyQuestions += 1;
    this.requireReachable();
    return this.publicKeys;
  }

  onRevoked(listener: (revocation: Revocation) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  announce(revocation: Revocation): void {
    for (const listener of this.listeners) listener(revocation);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private requireReachable(): void {
    if (!this.reachable) throw new Problem('unavailable', 'Nobody answers.');
  }
}

export function principalFor(keyId: string, hash: string, more: Partial<Principal> = {}): Principal {
  return {
    keyId,
    workspace: 'default',
    name: 'test',
    scopes: ['publish', 'subscribe', 'manage'],
    streams: ['*'],
    root: false,
    fingerprint: fingerprintOf(hash),
    ...more,
  };
}
