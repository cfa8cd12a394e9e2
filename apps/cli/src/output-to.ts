import type { Writable } from 'node:stream';
import type { Output } from './io.js';

/** What a write fails with when nobody reads any more, which is no failure of ours. */
const READER_GONE = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** Writes to a stream of this process, or to any other. */
export function outputTo(stream: Writable & { readonly isTTY?: boolean }): Output {
  const closed = new AbortController();
  const settle = (error: NodeJS.ErrnoException) => {
    if (READER_GONE.has(error.code ?? '')) closed.abort();
    else throw new Error(`The output cannot be written: ${error.code ?? error.message}.`);
  };
  // Each write is told of its own error; without a listener the process would end with a stack trace.
  stream.on('error', () => {});
  return {
    isTerminal: stream.isTTY === true,
    closed: closed.signal,
    async write(text) {
      if (closed.signal.aborted) return;
      // Waits for the callback, and not for `drain`, which never comes after an error.
      const error = await new Promise<Error | null | undefined>((resolve) => stream.write(text, resolve));
      if (error) settle(error);
    },
  };
}
