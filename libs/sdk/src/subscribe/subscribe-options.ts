import type { ConnectError, RunnelError, StreamClosedError } from '../errors.js';
import type { Gap, StreamEvent } from './stream-event.js';

/** Where a subscription is, each time that changes. */
export type SubscriptionState =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  | {
      readonly state: 'waiting';
      /** Milliseconds until the next attempt. */
      readonly delayMs: number;
      /**
       * Why; undefined when the server ended the connection in order, as it does now and then. A RunnelError with the
       * code `no-credential` is what the function that gets the credential threw.
       */
      readonly error: ConnectError | RunnelError | StreamClosedError | undefined;
    };

export interface StreamOptions {
  /**
   * An API key or a ticket, or what gets one before each connection; then a 401 is no end, since the next one may
   * do, and neither is an error that the function throws, or its taking longer than `silenceMs`. Left out: none, which is enough for public streams.
   */
  readonly apiKey?: string | (() => string | Promise<string>) | undefined;
  /** Cursor of the last event that was seen: what follows it comes first. Left out: see `replay`. */
  readonly lastEventId?: string | undefined;
  /**
   * Newest events to begin with, 0 to 100, where there is no cursor. Left out: 100. With 0 there is no cursor
   * before the first event has come, so what is published while a connection is lost before that is missed.
   */
  readonly replay?: number | undefined;
  /** Channels that are let through. Left out: all events. */
  readonly channels?: readonly string[] | undefined;
  /** Ends the subscription, without an error. Left out: it goes on for ever. */
  readonly signal?: AbortSignal | undefined;
  /** Called where events are missing, before those that follow. Left out: they are missing silently. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
  readonly onState?: ((state: SubscriptionState) => void) | undefined;
  /** Left out: the platform's own. */
  readonly fetch?: typeof fetch | undefined;
  /** Milliseconds without a byte after which a connection counts as dead. Left out: 45 s, three heartbeats. */
  readonly silenceMs?: number | undefined;
  /** Longest wait in milliseconds between attempts. Left out: 30 s. */
  readonly maxRetryMs?: number | undefined;
}

export interface SubscribeOptions extends StreamOptions {
  /** Called with each event, in order. The next one comes when the promise has resolved, if it returns one. */
  readonly onEvent: (event: StreamEvent) => void | Promise<void>;
}
