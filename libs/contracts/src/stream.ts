import type { StreamKind } from './ids.js';

/** What addresses one stream's log: both parts are ids of ours, safe as NATS subject tokens. */
export interface StreamRef {
  readonly workspace: string;
  readonly stream: string;
}

export type Visibility = 'public' | 'private';

/** Who may read a stream when its owner has not said. */
export const DEFAULT_VISIBILITY: Record<StreamKind, Visibility> = { source: 'private', workflow: 'public' };

/** The first comment of a connection and its heartbeat, as Pipedream's two kinds of stream have them. */
export const HEARTBEAT_COMMENT: Record<StreamKind, string> = {
  source: 'sse-handshake',
  workflow: 'keepalive',
};

/** Names of the control events that a subscriber may see. */
export const GAP_EVENT = 'runnel.gap';
export const CLOSED_EVENT = 'runnel.closed';

/** Why a connection was ended by Runnel: the `reason` of {@link CLOSED_EVENT}. */
export type ClosedReason = 'stream-deleted' | 'access-revoked' | 'credential-expired' | 'visibility-changed';
