import { childOf } from '../child-of.js';
import { eventsOf } from '../subscribe/events-of.js';
import { Position } from '../subscribe/position.js';
import type { Message } from '../subscribe/sse-parser.js';
import type { StreamEvent } from '../subscribe/stream-event.js';
import type { StreamOptions, SubscriptionState } from '../subscribe/subscribe-options.js';
import { isHidden, onVisibility } from '../wake-ups.js';
import { failures } from './failures.js';
import { sharedMessages } from './share.js';

/** Where a subscription is, each time that changes. */
export type ClientState =
  | SubscriptionState
  /** The page is hidden, and `pauseWhenHidden` was asked for. */
  | { readonly state: 'paused' }
  /** It is over: by `close`, or with the error that ended it. */
  | { readonly state: 'closed'; readonly error: Error | undefined };

export interface ClientOptions extends Omit<StreamOptions, 'apiKey' | 'onState'> {
  /** Called with each event, in order. The next one comes when the promise has resolved, if it returns one. */
  readonly onEvent?: ((event: StreamEvent) => unknown) | undefined;
  readonly onState?: ((state: ClientState) => void) | undefined;
  /** Gets a ticket, before each connection: where a stream is private. What it throws is tried again. */
  readonly getTicket?: (() => string | Promise<string>) | undefined;
  /** An API key, for programs. A page that others can open must not have one. */
  readonly key?: string | undefined;
  /**
   * Whether all tabs that ask for the same, with the same rights, have one connection together. A name lets only
   * those with the same name share. Left out: true, in browsers that can.
   */
  readonly share?: boolean | string | undefined;
  /** Whether to have no connection while nobody sees the page, and to catch up afterwards. Left out: false. */
  readonly pauseWhenHidden?: boolean | undefined;
}

/** Iterated over, it gives the events, and throws the error that ends it, unless there is `onEvent`. */
export interface Subscription extends AsyncIterable<StreamEvent> {
  /** Ends it, without an error. */
  close(): void;
  /** Resolves when it is over, with the error that ended it, if one did: RunnelError or StreamClosedError. */
  readonly closed: Promise<Error | undefined>;
}

/**
 * Listens to a stream, on whatever network, for as long as it is let in: each event once, in order, and where
 * history is lost, `onGap`.
 *
 * @param url the stream's SSE address; in a page it may be relative
 */
export function subscribe(url: string, options: ClientOptions = {}): Subscription {
  const { onEvent, onState } = options;
  const stop = childOf(options.signal);
  let end: (error?: Error) => void = () => {};
  const closed = new Promise<Error | undefined>((resolve) => {
    end = resolve;
  });
  const events = (async function* () {
    let error: Error | undefined;
    try {
      yield* eventsOf(pausing(url, options, stop.signal), options);
    } catch (failure) {
      error = failure as Error;
      throw error;
    } finally {
      end(error);
      stop.abort();
      onState?.({ state: 'closed', error });
    }
  })();
  // Also where nobody has begun to take events.
  stop.signal.addEventListener('abort', () => end());
  // What ends it is told to `onState` and `closed`.
  if (onEvent) callEach(events, onEvent).catch(() => {});
  return { close: () => stop.abort(), closed, [Symbol.asyncIterator]: () => events };
}

/** An error of the page's own is reported as those of every event handler are, and ends nothing. */
async function callEach(
  events: AsyncIterable<StreamEvent>,
  onEvent: (event: StreamEvent) => unknown,
): Promise<void> {
  for await (const event of events) {
    try {
      await onEvent(event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** The messages, without a connection while the page is hidden, if that was asked for. */
async function* pausing(
  url: string,
  { lastEventId, getTicket, key, share = true, pauseWhenHidden = false, ...options }: ClientOptions,
  signal: AbortSignal,
): AsyncGenerator<Message, void, undefined> {
  const position = new Position(lastEventId);
  const apiKey = getTicket ?? key;
  while (!signal.aborted) {
    const spell = childOf(signal);
    try {
      if (pauseWhenHidden) await seen(options, spell);
      const own = { ...options, apiKey, failures, signal: spell.signal };
      for await (const message of sharedMessages(url, share, own, position)) {
        if (signal.aborted) return;
        yield message;
      }
    } finally {
      spell.abort();
    }
  }
}

/** Waits for the page to be seen, and ends the spell when it no longer is. */
async function seen({ onState }: ClientOptions, spell: AbortController): Promise<void> {
  const { signal } = spell;
  if (isHidden()) {
    onState?.({ state: 'paused' });
    await new Promise<void>((resolve) => {
      onVisibility(resolve, signal);
      signal.addEventListener('abort', () => resolve());
    });
  }
  onVisibility(() => spell.abort(), signal);
}
