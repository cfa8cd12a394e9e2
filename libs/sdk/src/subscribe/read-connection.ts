import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ConnectError, connectError, RunnelError } from '../errors.js';
import { refusalOf } from '../http/refusal.js';

/** Characters of one event that are held at the most: four times what the largest event of Runnel has. */
const MAX_BUFFERED = 16 * 1024 * 1024;

export interface ConnectionOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly silenceMs: number;
  readonly onOpen: () => void;
  /** Milliseconds in a `retry:` field. */
  readonly onRetry: (retryMs: number) => void;
}

/**
 * The messages of one connection, until it ends. Bytes are read only as messages are taken, so a slow consumer
 * makes the server wait and not this process grow. Leaving the loop ends the connection.
 *
 * @throws RunnelError for an answer that is no event stream, ConnectError when the connection breaks or is silent
 */
export async function* readConnection(
  url: string,
  { headers, fetch: send, signal, silenceMs, onOpen, onRetry }: ConnectionOptions,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const connection = new AbortController();
  const stop = () => connection.abort(signal?.reason);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  const messages: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (message) => messages.push(message),
    onRetry,
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw new TypeError('An event is too large to be read.');
    },
    maxBufferSize: MAX_BUFFERED,
  });
  const decoder = new TextDecoder();
  try {
    const body = await within(silenceMs, url, open(url, headers, send, connection.signal));
    onOpen();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await within(silenceMs, url, reader.read());
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* messages.splice(0);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    connection.abort();
  }
}

async function open(
  url: string,
  headers: Readonly<Record<string, string>>,
  send: typeof fetch,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const response = await send(url, { headers, signal });
  if (response.status !== 200) throw await refusalOf(response);
  const type = response.headers.get('content-type') ?? '';
  if (response.body === null || !/^text\/event-stream\b/i.test(type)) {
    const detail = `The answer is no event stream${type === '' ? '' : `, but ${type}`}: is this the right address?`;
    throw new RunnelError({ status: 200, code: 'unexpected-answer', detail });
  }
  return response.body;
}

/** What the promise gives, unless it takes too long; what breaks is a ConnectError. */
async function within<T>(limitMs: number, url: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    const why = `was silent for ${Math.round(limitMs / 1_000)} s`;
    timer = setTimeout(() => reject(new ConnectError(new URL(url).origin, why)), limitMs);
  });
  try {
    return await Promise.race([promise, silence]);
  } catch (error) {
    throw error instanceof RunnelError ? error : connectError(url, error);
  } finally {
    clearTimeout(timer);
  }
}
