import { RunnelError } from '../errors.js';
import { connectError } from '../http/connect-error.js';
import { refusalOf } from '../http/refusal.js';
import { eventsOf } from './events-of.js';
import { Position } from './position.js';
import type { StreamEvent } from './stream-event.js';
import { streamMessages } from './stream-messages.js';
import type { StreamOptions, SubscribeOptions } from './subscribe-options.js';

/**
 * Calls `onEvent` for every event of a stream: each once, in order, over as many connections as it takes.
 *
 * @param url the stream's SSE address
 * @returns when the signal is aborted
 * @throws RunnelError when the service refuses, StreamClosedError when it let in and then closed for good, and
 *   whatever `onEvent` throws. A service that cannot be reached is waited for
 */
export async function subscribe(url: string, { onEvent, ...options }: SubscribeOptions): Promise<void> {
  for await (const event of streamEvents(url, options)) await onEvent(event);
}

/**
 * The same as an iterator, which reads from the network only as events are taken from it.
 *
 * @throws as {@link subscribe} does
 */
export function streamEvents(
  url: string,
  { lastEventId, onGap, ...options }: StreamOptions = {},
): AsyncGenerator<StreamEvent, void, undefined> {
  const failures = { refusal, connect: connectError };
  const messages = streamMessages(url, { ...options, failures }, new Position(lastEventId));
  return eventsOf(messages, { lastEventId, onGap });
}

async function refusal(response: Response): Promise<RunnelError> {
  const { ok, status, headers } = response;
  if (!ok) return refusalOf(response);
  const detail = `The answer is no event stream, but ${headers.get('content-type')}: is this the right address?`;
  return new RunnelError({ status, code: 'unexpected-answer', detail });
}
