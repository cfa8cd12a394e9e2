import { ConnectError, type HistoryEvent, RunnelError, type StreamEvent, subscribe } from '#libs/sdk';
import type { Session } from '../cli.js';
import type { FoundStream } from './find-stream.js';

/** Milliseconds without an event after which a replay counts as over, though fewer came than were kept. */
const QUIET_MS = 1_500;
/** The same once as many have come as were kept: there may be one that was published meanwhile. */
const LAST_LOOK_MS = 100;
/** Milliseconds within which the stream must open. */
const OPEN_MS = 10_000;

/**
 * The newest events of a stream, oldest first.
 *
 * A service without the history endpoint is read through its replay, whose end is not marked: it is over when the
 * number of events that are kept has come, or when nothing more comes.
 *
 * @param limit 1 to 100
 * @param signal ends the reading early, with what has come
 */
export async function readHistory(
  session: Session,
  stream: FoundStream,
  limit: number,
  signal: AbortSignal,
): Promise<StreamEvent[]> {
  // Who could not look it up is not allowed to ask for its history either.
  if (stream.eventCount === undefined) return await readReplay(session, stream, limit, signal);
  if (stream.eventCount === 0) return [];
  try {
    return (await session.client.history(stream.id, { limit })).data.map(asStreamEvent);
  } catch (error) {
    // 405: the address is known for publishing.
    const missing = error instanceof RunnelError && [404, 405].includes(error.status);
    if (!missing) throw error;
    return await readReplay(session, stream, limit, signal);
  }
}

async function readReplay(
  { client, key, fetch }: Session,
  stream: FoundStream,
  limit: number,
  signal: AbortSignal,
): Promise<StreamEvent[]> {
  const expected = Math.min(limit, stream.eventCount ?? limit);
  const events: StreamEvent[] = [];
  const over = new AbortController();
  const stop = () => over.abort();
  let failure: unknown;
  let timer = setTimeout(() => {
    failure ??= new ConnectError(client.baseUrl, 'did not open the stream in time');
    stop();
  }, OPEN_MS);
  const waitOn = () => {
    clearTimeout(timer);
    timer = setTimeout(stop, events.length < expected ? QUIET_MS : LAST_LOOK_MS);
  };
  signal.addEventListener('abort', stop);
  try {
    await subscribe(client.sseUrl(stream), {
      apiKey: key,
      fetch,
      replay: limit,
      signal: over.signal,
      onEvent: (event) => {
        events.push(event);
        if (events.length >= limit) stop();
        else waitOn();
      },
      onState: (now) => {
        if (now.state === 'open') failure = undefined;
        if (now.state === 'open') waitOn();
        if (now.state === 'waiting') failure = now.error;
      },
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
  if (failure !== undefined && !signal.aborted) throw failure;
  return events;
}

function asStreamEvent({ id, channel, payload }: HistoryEvent): StreamEvent {
  return { id, channel: channel ?? undefined, payload, data: JSON.stringify(payload) };
}
