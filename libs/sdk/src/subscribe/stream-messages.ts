import { CLOSED_EVENT } from '#libs/contracts';
import { pause } from '#libs/timing';
import { ConnectError, RunnelError, StreamClosedError } from '../errors.js';
import { credentialHeader } from '../http/credential-header.js';
import { pauseUntilWoken } from '../wake-ups.js';
import { Pace } from './pace.js';
import type { Position } from './position.js';
import { type Failures, readConnection } from './read-connection.js';
import type { Message } from './sse-parser.js';
import { closedReason } from './stream-event.js';
import type { StreamOptions } from './subscribe-options.js';
import { SILENCE_MS, unlessSilent } from './unless-silent.js';

/** Milliseconds that a connection must live to count as one that works, where no event has shown it. */
const SOUND_MS = 10_000;

export interface MessageOptions extends Omit<StreamOptions, 'lastEventId' | 'onGap'> {
  readonly failures: Failures;
}

/**
 * The messages of a stream, each once, in order, over as many connections as it takes; `runnel.gap` is among them.
 * The network is read only as messages are taken.
 *
 * @param position where to go on; it moves with each message
 * @throws RunnelError when the service refuses, StreamClosedError when it let in and then closed for good. A service
 *   that cannot be reached is waited for, and so is a function that does not get a credential
 */
export async function* streamMessages(
  url: string,
  options: MessageOptions,
  position: Position,
): AsyncGenerator<Message, void, undefined> {
  const { signal, onState, fetch: send = fetch, silenceMs = SILENCE_MS } = options;
  const pace = new Pace(options.maxRetryMs);
  let hasOpened = false;
  let closed: StreamClosedError | undefined;

  while (!signal?.aborted) {
    let openedAt = Number.POSITIVE_INFINITY;
    let lost: ConnectError | RunnelError | undefined;
    try {
      onState?.({ state: 'connecting' });
      const messages = readConnection(addressOf(url, options, position.cursor), {
        headers: await unlessSilent(silenceMs, 'The credential', headersOf(options), signal),
        fetch: send,
        signal,
        silenceMs,
        onOpen: () => {
          openedAt = performance.now();
          hasOpened = true;
          closed = undefined;
          onState?.({ state: 'open' });
        },
        failures: options.failures,
        onRetry: (retryMs) => {
          pace.retryMs = retryMs;
        },
      });
      for await (const message of messages) {
        const isNew = position.moveTo(message);
        if (message.event === CLOSED_EVENT) {
          closed = new StreamClosedError(closedReason(message));
          break;
        }
        if (isNew) {
          pace.reset();
          yield message;
        }
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (!isTemporary(error, hasOpened, options, closed)) throw reasonOf(error, closed);
      lost = error;
    }
    if (signal?.aborted) return;
    if (performance.now() - openedAt >= SOUND_MS) pace.reset();
    const askedMs = lost instanceof RunnelError ? lost.retryAfterMs : undefined;
    const delayMs = pace.nextMs(askedMs);
    onState?.({ state: 'waiting', delayMs, error: lost ?? closed });
    await (askedMs === undefined ? pauseUntilWoken : pause)(delayMs, signal);
  }
}

/** Whether it may go better the next time. */
function isTemporary(
  error: unknown,
  hasOpened: boolean,
  { apiKey }: MessageOptions,
  closed: StreamClosedError | undefined,
): error is ConnectError | RunnelError {
  if (error instanceof ConnectError) return true;
  if (!(error instanceof RunnelError)) return false;
  const { status } = error;
  // A proxy's page in place of a stream that was there before is one that will go away.
  if (status === 200) return hasOpened;
  // Another ticket may do, unless the stream has said that it is not about the ticket.
  if (status === 401)
    return typeof apiKey === 'function' && (!closed || closed.reason === 'credential-expired');
  return status >= 500 || [408, 425, 429].includes(status);
}

/** Who was told why the stream was closed wants to know that, and not the status that it led to. */
function reasonOf(error: unknown, closed: StreamClosedError | undefined): unknown {
  const shut = error instanceof RunnelError && [401, 403, 404].includes(error.status);
  return closed && shut ? new StreamClosedError(closed.reason, { cause: error }) : error;
}

async function headersOf({ apiKey }: MessageOptions): Promise<Record<string, string>> {
  return { accept: 'text/event-stream', ...credentialHeader(await credentialFrom(apiKey)) };
}

/** @throws ConnectError for what breaks in a network, which is a TypeError; else RunnelError: the page knows why */
async function credentialFrom(apiKey: MessageOptions['apiKey']): Promise<string | undefined> {
  try {
    return typeof apiKey === 'function' ? await apiKey() : apiKey;
  } catch (cause) {
    if (cause instanceof TypeError)
      throw new ConnectError('The credential', 'could not be fetched', { cause });
    throw new RunnelError({ status: 401, code: 'no-credential', detail: String(cause) });
  }
}

/** The cursor goes in the query: with a header of ours, a browser would ask another origin for leave before each connection. */
function addressOf(url: string, { replay, channels = [] }: MessageOptions, cursor: string): string {
  // In a page, an address may be relative to it.
  const address = new URL(url, (globalThis as { location?: { href: string } }).location?.href);
  if (cursor) address.searchParams.set('last_event_id', cursor);
  else if (replay !== undefined) address.searchParams.set('replay', String(replay));
  for (const channel of channels) address.searchParams.append('channel', channel);
  return address.href;
}
