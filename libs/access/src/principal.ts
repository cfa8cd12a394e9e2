import { Problem } from '#libs/contracts';

/** What a key may be used for. `manage`: keys, sources, workflows and streams. */
export const SCOPES = ['publish', 'subscribe', 'manage'] as const;
export type Scope = (typeof SCOPES)[number];

/** In a key's list of streams: all of the workspace, those that are made later included. */
export const ANY_STREAM = '*';

/** Who asks, and what may be done with the credential that was shown. */
export interface Principal {
  readonly keyId: string;
  readonly workspace: string;
  /** The key's name, for logs and lists. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Stream ids of the workspace, or {@link ANY_STREAM} alone. */
  readonly streams: readonly string[];
  /** The only channels that may be read of these streams; a ticket can have them. Left out: all. */
  readonly channels?: readonly string[];
  /** Milliseconds since 1970. Left out: never. */
  readonly expiresAt?: number;
  /** The key that was made at first start, or another of its kind: may open and delete workspaces. */
  readonly root: boolean;
  /** Which secret of the key: another one after the key was rotated. */
  readonly fingerprint: string;
}

/**
 * Whether the principal may do this.
 *
 * @param streamId a stream of the principal's own workspace, which the caller has made sure of. Left out: only
 *   the scope counts
 */
export function allows(
  principal: Pick<Principal, 'scopes' | 'streams'>,
  scope: Scope,
  streamId?: string,
): boolean {
  if (!principal.scopes.includes(scope)) return false;
  return (
    streamId === undefined || principal.streams.includes(ANY_STREAM) || principal.streams.includes(streamId)
  );
}

/** @throws Problem `not-allowed` unless the principal has one of these scopes */
export function requireScope(principal: Principal, scopes: readonly Scope[]): void {
  if (scopes.some((scope) => allows(principal, scope))) return;
  const wanted = scopes.map((scope) => `"${scope}"`).join(' or ');
  throw new Problem('not-allowed', `The credential does not have the scope ${wanted}.`);
}

/** @throws Problem `not-allowed` unless {@link allows} */
export function requireAllowed(principal: Principal, scope: Scope, streamId?: string): void {
  requireScope(principal, [scope]);
  if (!allows(principal, scope, streamId)) {
    throw new Problem('not-allowed', 'The credential does not allow this on this stream.');
  }
}
