import type { IncomingMessage } from 'node:http';
import { Problem } from '#libs/contracts';

export interface BodyLimits {
  /** The longest body to accept, in bytes. */
  readonly limitBytes: number;
}

/**
 * The whole body of a request.
 *
 * @throws Problem `too-large` as soon as the limit is passed or announced to be, without keeping what follows
 * @throws Problem `unsupported-media-type` for compressed bodies, whose true size shows only when it is too late
 */
export async function readBody(request: IncomingMessage, { limitBytes }: BodyLimits): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new Problem('unsupported-media-type', 'Send the body without a content encoding.');
  }
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  return await collect(request, limitBytes);
}

function collect(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  // Neither would emit another event to wait for.
  if (request.readableEnded) throw new Error('The body of this request was read before.');
  if (request.destroyed) throw brokenOff();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      // Node reads and drops the rest after the answer, so that the client gets to read the answer.
      chunks.length = 0;
      reject(tooLarge(limitBytes));
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', (cause) => reject(brokenOff(cause)));
    request.once('close', () => reject(brokenOff()));
  });
}

function tooLarge(limitBytes: number): Problem {
  return new Problem('too-large', `The body may have at most ${limitBytes} bytes.`);
}

function brokenOff(cause?: unknown): Problem {
  return new Problem('malformed-request', 'The request ended before its body was complete.', { cause });
}
