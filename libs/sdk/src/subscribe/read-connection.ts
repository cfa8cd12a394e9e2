import { childOf } from '../child-of.js';
import { ConnectError, RunnelError } from '../errors.js';
import { type Message, SseParser } from './sse-parser.js';
import { unlessSilent } from './unless-silent.js';

/** Makes errors of what goes wrong: in as many words as there is room for. */
export interface Failures {
  /** An answer that is no event stream; its status is 200 only where something else than Runnel has answered. */
  readonly refusal: (response: Response) => Promise<RunnelError>;
  /** What `fetch`, or reading, threw. */
  readonly connect: (url: string, cause: unknown) => ConnectError;
}

export interface ConnectionOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly silenceMs: number;
  readonly onOpen: () => void;
  /** Milliseconds in a `retry:` field. */
  readonly onRetry: (retryMs: number) => void;
  readonly failures: Failures;
}

/**
 * The messages of one connection, until it ends. Bytes are read only as messages are taken, so a slow consumer
 * makes the server wait and not this process grow. Leaving the loop ends the connection.
 *
 * @throws RunnelError for an answer that is no event stream, ConnectError when the connection breaks or is silent
 */
export async function* readConnection(
  url: string,
  options: ConnectionOptions,
): AsyncGenerator<Message, void, undefined> {
  const { signal, silenceMs } = options;
  const connection = childOf(signal);
  const messages: Message[] = [];
  const parser = new SseParser((message) => messages.push(message), options.onRetry);
  const decoder = new TextDecoder();
  try {
    const { origin } = new URL(url);
    const body = await unlessSilent(silenceMs, origin, open(url, options, connection.signal));
    options.onOpen();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await unlessSilent(silenceMs, origin, reader.read());
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* messages.splice(0);
    }
  } catch (error) {
    if (error instanceof RunnelError || error instanceof ConnectError) throw error;
    throw options.failures.connect(url, error);
  } finally {
    connection.abort();
  }
}

async function open(
  url: string,
  { headers, fetch: send, failures }: ConnectionOptions,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  // A browser's cache would let only one tab at a time ask for an address. Node's types do not know the word.
  const response = await send(url, { headers, signal, cache: 'no-store' } as RequestInit);
  const type = response.headers.get('content-type') ?? '';
  if (response.status !== 200 || !response.body || !/^text\/event-stream\b/i.test(type)) {
    throw await failures.refusal(response);
  }
  return response.body;
}
