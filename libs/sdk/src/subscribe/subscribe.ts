import { CLOSED_EVENT, GAP_EVENT } from '#libs/contracts';
import { pause } from '#libs/timing';
import { ConnectError, RunnelError, StreamClosedError } from '../errors.js';
import { credentialHeader } from '../http/credential-header.js';
import { Pace } from './pace.js';
import { readConnection } from './read-connection.js';
import { RecentIds } from './recent-ids.js';
import { closedReason, gapOf, type StreamEvent, streamEvent } from './stream-event.js';
import type { StreamOptions, SubscribeOptions } from './subscribe-options.js';

const SILENCE_MS = 45_000;
/** Milliseconds that a connection must live to count as one that works, where no event has shown it. */
const SOUND_MS = 10_000;
/** Milliseconds until it is asked whether a stream that was closed is really out of reach. */
const SOON_MS = 250;

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
export async function* streamEvents(
  url: string,
  options: StreamOptions = {},
): AsyncGenerator<StreamEvent, void, undefined> {
  const { signal, onState, fetch: send = fetch, silenceMs = SILENCE_MS } = options;
  const pace = new Pace(options.maxRetryMs);
  const recent = new RecentIds();
  let { lastEventId = '' } = options;
  let hasOpened = false;
  let closed: StreamClosedError | undefined;

  while (!signal?.aborted) {
    const closedBefore = closed !== undefined;
    let openedAt = Number.POSITIVE_INFINITY;
    let lost: ConnectError | RunnelError | undefined;
    try {
      onState?.({ state: 'connecting' });
      const messages = readConnection(addressOf(url, options, lastEventId), {
        headers: await headersOf(options, lastEventId),
        fetch: send,
        signal,
        silenceMs,
        onOpen: () => {
          openedAt = performance.now();
          hasOpened = true;
          closed = undefined;
          onState?.({ state: 'open' });
        },
        onRetry: (retryMs) => {
          pace.retryMs = retryMs;
        },
      });
      for await (const message of messages) {
        const requested = lastEventId;
        lastEventId = message.id || lastEventId;
        if (message.event === GAP_EVENT) {
          options.onGap?.(gapOf(message, requested));
        } else if (message.event === CLOSED_EVENT) {
          closed = new StreamClosedError(closedReason(message));
          break;
        } else if (message.id === undefined || recent.add(message.id)) {
          pace.reset();
          yield streamEvent(message, lastEventId);
        }
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (!isTemporary(error, hasOpened)) throw reasonOf(error, closed);
      lost = error;
    }
    if (signal?.aborted) return;
    if (performance.now() - openedAt >= SOUND_MS) pace.reset();
    const delayMs = closed !== undefined && !closedBefore ? SOON_MS : pace.nextMs(retryAfterOf(lost));
    onState?.({ state: 'waiting', delayMs, error: lost ?? closed });
    await pause(delayMs, signal);
  }
}

/** Whether it may go better the next time. */
function isTemporary(error: unknown, hasOpened: boolean): error is ConnectError | RunnelError {
  if (error instanceof ConnectError) return true;
  if (!(error instanceof RunnelError)) return false;
  // A proxy's page in place of a stream that was there before is one that will go away.
  if (error.code === 'unexpected-answer') return hasOpened;
  return error.status >= 500 || [408, 425, 429].includes(error.status);
}

/** Who was told why the stream was closed wants to know that, and not the status that it led to. */
function reasonOf(error: unknown, closed: StreamClosedError | undefined): unknown {
  const shut = error instanceof RunnelError && [401, 403, 404].includes(error.status);
  return closed !== undefined && shut ? new StreamClosedError(closed.reason, { cause: error }) : error;
}

function retryAfterOf(error: ConnectError | RunnelError | undefined): number | undefined {
  return error instanceof RunnelError ? error.retryAfterMs : undefined;
}

/** The cursor goes in the header, which counts before the query, unless a foreign server made one that cannot. */
async function headersOf({ apiKey }: StreamOptions, lastEventId: string): Promise<Record<string, string>> {
  return {
    accept: 'text/event-stream',
    ...credentialHeader(typeof apiKey === 'function' ? await apiKey() : apiKey),
    ...(lastEventId !== '' && isHeaderText(lastEventId) ? { 'last-event-id': lastEventId } : {}),
  };
}

function addressOf(url: string, { replay, channels = [] }: StreamOptions, lastEventId: string): string {
  // In a page, an address may be relative to it.
  const address = new URL(url, (globalThis as { location?: { href: string } }).location?.href);
  if (replay !== undefined && lastEventId === '') address.searchParams.set('replay', String(replay));
  if (!isHeaderText(lastEventId)) address.searchParams.set('last_event_id', lastEventId);
  for (const channel of channels) address.searchParams.append('channel', channel);
  return address.href;
}

function isHeaderText(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
