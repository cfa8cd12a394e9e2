import { SseError } from '../errors.js';
import type { EncodingOptions } from '../events/event-encoder.js';
import type { HeadOptions } from './response-head.js';

/** The state of sessions that say nothing about it. Add to it by declaration merging. */
export interface DefaultSessionState {
  [key: string]: unknown;
}

/** How a session behaves, whatever carries it. */
export interface SessionBehaviour<State = DefaultSessionState> extends EncodingOptions {
  /** What the program wants to remember with the session. Default: an empty object. */
  readonly state?: State | undefined;
  /** Milliseconds that the client waits before it reconnects; null leaves it to the client. Default: 2000. */
  readonly retry?: number | null | undefined;
  /**
   * Milliseconds between two comments that keep proxies from closing a quiet connection, in whole seconds from
   * 1000; null sends none. Default: 10,000.
   */
  readonly keepAlive?: number | null | undefined;
  /** Whether `lastId` begins with the id that the client says it has got. It may say anything. Default: true. */
  readonly trustClientEventId?: boolean | undefined;
  /**
   * Bytes that may wait in this process for a client that reads too slowly, behind those that the connection has
   * taken. When more wait and still more is sent, the client is cut (`disconnected` with the reason `slow`); it comes
   * back by itself. Default: 1 MiB.
   */
  readonly maxPendingBytes?: number | undefined;
}

/** What `createSession` and `createResponse` take: everything may be left out. */
export interface SessionOptions<State = DefaultSessionState> extends SessionBehaviour<State>, HeadOptions {}

const DEFAULTS = { retry: 2_000, keepAlive: 10_000, trustClientEventId: true, maxPendingBytes: 1_048_576 };

/** The options that are numbers or switches, checked and with nothing left out. */
export interface SessionSettings {
  readonly retry: number | null;
  readonly keepAlive: number | null;
  readonly trustClientEventId: boolean;
  readonly maxPendingBytes: number;
}

/** @throws SseError `bad-option` */
export function settingsOf<State>(options: SessionBehaviour<State>): SessionSettings {
  const {
    retry = DEFAULTS.retry,
    keepAlive = DEFAULTS.keepAlive,
    trustClientEventId = DEFAULTS.trustClientEventId,
    maxPendingBytes = DEFAULTS.maxPendingBytes,
  } = options;
  if (retry !== null && !(Number.isSafeInteger(retry) && retry >= 0)) {
    throw new SseError('bad-option', 'retry must be null or a whole number of milliseconds.');
  }
  if (keepAlive !== null && !(keepAlive > 0)) {
    throw new SseError('bad-option', 'keepAlive must be null or a number of milliseconds above 0.');
  }
  if (!(maxPendingBytes >= 0)) throw new SseError('bad-option', 'maxPendingBytes must be 0 or more.');
  return { retry, keepAlive, trustClientEventId, maxPendingBytes };
}
