/**
 * The numbers of the contract that clients can rely on. What an operator may change is a setting of the
 * service that enforces it (docs/configuration.md), not a constant here.
 */

/** Events that a late subscriber gets first, over all channels of the stream together. */
export const REPLAY_EVENTS = 100;

/** Bytes of one event's payload, measured on its JSON text in UTF-8. */
export const MAX_PAYLOAD_BYTES = 512 * 1024;

/** Events in one publish request. */
export const MAX_BATCH_EVENTS = 1000;

/** Nesting of arrays and objects in a payload; deeper JSON overflows the stack of common parsers. */
export const MAX_PAYLOAD_DEPTH = 512;

/** Characters (UTF-16 code units) in a channel. */
export const MAX_CHANNEL_LENGTH = 128;

/** Characters in a stream, source, workflow, key or workspace name. */
export const MAX_NAME_LENGTH = 64;

/** ASCII characters in an idempotency key. */
export const MAX_IDEMPOTENCY_KEY_LENGTH = 128;

/** Milliseconds in which the same idempotency key stores once. */
export const IDEMPOTENCY_WINDOW_MS = 120_000;

/** Bytes of a cursor, as it stands in an SSE `id:` field. */
export const MAX_CURSOR_LENGTH = 64;

/** Milliseconds between two heartbeat comments on one connection. */
export const HEARTBEAT_MS = 15_000;

/** Seconds within which a revoked credential or a withdrawn stream ends its open connections. */
export const REVOCATION_BOUND_S = 5;

/** Streams on one connection. */
export const MAX_MERGED_STREAMS = 50;
