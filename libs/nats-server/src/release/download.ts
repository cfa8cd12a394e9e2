import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

export interface DownloadOptions {
  readonly url: string;
  /** Path of the file to write; must not exist. */
  readonly file: string;
  /** Milliseconds without an answer or a further byte after which it is given up. */
  readonly stallTimeoutMs: number;
  /** Called for each chunk. `totalBytes` is undefined when the server has not said. */
  readonly onBytes: (receivedBytes: number, totalBytes: number | undefined) => void;
}

/**
 * Fetches a file, following redirects, and hashes it on the way to the disk.
 *
 * Node's fetch goes direct: a machine that reaches the world only through HTTPS_PROXY needs one of the other
 * ways to nats-server (apt honours the proxy, and Node 24 does with NODE_USE_ENV_PROXY=1).
 *
 * @returns the SHA-256 of what was written, in lower-case hexadecimal
 * @throws Error whose message is a reason for people; a part of the file may be left
 */
export async function download({ url, file, stallTimeoutMs, onBytes }: DownloadOptions): Promise<string> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallTimeoutMs);
  try {
    const response = await fetch(url, { signal: stalled.signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`it answered ${response.status}`);
    }
    const length = response.headers.get('content-length');
    const totalBytes = length === null ? undefined : Number(length);
    const hash = createHash('sha256');
    let receivedBytes = 0;
    await pipeline(
      Readable.fromWeb(response.body as ReadableStream<Uint8Array>),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          timer.refresh();
          hash.update(chunk);
          receivedBytes += chunk.length;
          onBytes(receivedBytes, totalBytes);
          yield chunk;
        }
      },
      createWriteStream(file, { flags: 'wx', mode: 0o600 }),
    );
    return hash.digest('hex');
  } catch (error) {
    const reason = stalled.signal.aborted ? `nothing came for ${stallTimeoutMs} ms` : reasonOf(error);
    throw new Error(`${url}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** fetch says "fetch failed" or "terminated" and hides what happened in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { message?: string } };
  return cause?.message ?? message;
}
