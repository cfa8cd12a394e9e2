import type { ClosedReason } from '#libs/contracts';
import type { TraceHeaders } from '#libs/tracing';
import type { Principal } from './principal.js';
import type { PublicKey } from './tickets/public-key.js';

/**
 * What is asked about a credential. Of an API key only its hash: the secret itself never leaves the process that
 * it was shown to. A ticket is verified where it is shown; what is asked is whether the key that asked for it is
 * still good, which is one question for all of its tickets.
 */
export type Question =
  | { readonly kind: 'api-key'; readonly keyId: string; readonly hash: string }
  | { readonly kind: 'key-behind-ticket'; readonly keyId: string; readonly fingerprint: string };

/** The request that a credential came with: named in the question, so that what both write about it can be joined. */
export interface Origin {
  readonly requestId: string;
  /** Its work, where that is traced. */
  readonly trace?: TraceHeaders | undefined;
}

/** Why a credential is refused: for logs and metrics. Callers hear the same sentence for all. */
export type Refusal = 'unknown' | 'revoked' | 'expired';

export type Decision =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly reason: Refusal };

/** A key with one of its secrets: rotating makes another one. */
export type KeyRef = Pick<Principal, 'keyId' | 'fingerprint'>;

/** Why an open connection loses its credential. */
export type AccessEnd = Extract<ClosedReason, 'access-revoked' | 'credential-expired'>;

/** What has become of a key that was good before. */
export type Verdict = 'valid' | AccessEnd;

/** A key that was revoked; or that was rotated, when it goes on with another secret. */
export interface Revocation {
  readonly keyId: string;
  /** Fingerprint of the secret that is good now. Left out: none is. */
  readonly fingerprint?: string;
}

/** Keys in one recheck. */
export const MAX_RECHECK_KEYS = 500;

/** Where decisions come from. Methods reject with Problem `unavailable` when nobody can be asked. */
export interface AuthChannel {
  /** @param origin the request that asks first; others that ask the same meanwhile share the answer */
  decide(question: Question, origin?: Origin): Promise<Decision>;
  /** @param keys at most {@link MAX_RECHECK_KEYS} @returns one verdict for each, in the same order */
  recheck(keys: readonly KeyRef[]): Promise<readonly Verdict[]>;
  /** The keys that tickets are verified with. */
  ticketKeys(): Promise<readonly PublicKey[]>;
  /** Calls the listener for each announced revocation; announcements can be lost. Returns what removes it. */
  onRevoked(listener: (revocation: Revocation) => void): () => void;
  close(): Promise<void>;
}
