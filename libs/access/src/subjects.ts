/** Asked by every service, answered by one of the `auth` replicas: {@link Question} → {@link DecideAnswer}. */
export const AUTH_DECIDE = 'auth.decide';
/** `{ keys: KeyRef[] }` → {@link RecheckAnswer}. */
export const AUTH_RECHECK = 'auth.recheck';
/** Asked with nothing → {@link TicketKeysAnswer}. */
export const AUTH_TICKET_KEYS = 'auth.ticket-keys';
/** Header of a question: the id of the request that it is asked for. */
export const REQUEST_ID_HEADER = 'Runnel-Request-Id';
/** Queue group of the `auth` replicas. */
export const AUTH_QUEUE = 'auth';

/** Announced on core NATS, a {@link Revocation}. May be lost: nobody depends on it for more than being quick. */
export const ACCESS_REVOKED = 'runnel.access.revoked';
/** Announced on core NATS, `{ workspace: string }`: whoever keeps something of that workspace deletes it. */
export const WORKSPACE_DELETED = 'runnel.workspace.deleted';
