import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Problem } from '#libs/contracts';

/** Bytes of a refused body that are still read and thrown away, so that its sender gets to read the answer. */
const MAX_DISCARDED_BYTES = 4 * 1024 * 1024;

export interface BodyLimits {
  /** Most bytes, counted as received and again after inflating; a body of exactly this size is allowed. */
  readonly limitBytes: number;
}

/**
 * The body of a request, inflated where its Content-Encoding says so. Bytes are counted while they come, and
 * never more than the limit are kept. Nothing else may have read from the request.
 *
 * @throws Problem `too-large`, `unsupported-media-type` for an unknown Content-Encoding, `malformed-request`
 *   for data that does not inflate or a sender that went away
 */
export async function readBody(request: IncomingMessage, { limitBytes }: BodyLimits): Promise<Buffer> {
  try {
    const inflater = inflaterFor(request);
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
    return await collect(request, inflater, limitBytes);
  } catch (error) {
    discardRest(request);
    throw error;
  }
}

function inflaterFor(request: IncomingMessage): Transform | undefined {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  switch (encoding) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new Problem(
        'unsupported-media-type',
        'The Content-Encoding must be gzip, deflate, br or absent.',
      );
  }
}

/** Not `pipeline`: it would destroy the request, and with it the connection that the answer has to go over. */
function collect(
  request: IncomingMessage,
  inflater: Transform | undefined,
  limitBytes: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    let inflated = 0;
    const source = inflater ?? request;

    const onReceived = (chunk: Buffer) => {
      received += chunk.length;
      // Counted apart from what comes out, because an endless row of empty gzip members inflates to nothing.
      if (received > limitBytes) finish(tooLarge(limitBytes));
    };
    const onData = (chunk: Buffer) => {
      inflated += chunk.length;
      if (inflated > limitBytes) finish(tooLarge(limitBytes));
      else chunks.push(chunk);
    };
    const onEnd = () => finish();
    const onGone = () => {
      // A request closes after its end, too, when the inflater may still be at work.
      if (request.readableEnded) return;
      finish(new Problem('malformed-request', 'The body ended before it was complete.'));
    };
    const onBadData = (cause: Error) =>
      finish(new Problem('malformed-request', 'The body does not match its Content-Encoding.', { cause }));

    const finish = (problem?: Problem) => {
      request.off('data', onReceived).off('close', onGone).off('error', onGone);
      source.off('data', onData).off('end', onEnd);
      if (inflater !== undefined) {
        request.unpipe(inflater);
        inflater.destroy();
      }
      if (problem === undefined) resolve(Buffer.concat(chunks, inflated));
      else reject(problem);
    };

    if (request.readableEnded) {
      reject(new Error('The body of this request was read before.'));
      return;
    }
    // A sender that left before we came to read never makes the request speak again.
    if (request.destroyed) {
      onGone();
      return;
    }
    request.on('close', onGone).on('error', onGone);
    // The inflater may speak up once more while it is destroyed; nobody listening would end the process.
    inflater?.on('error', onBadData);
    source.on('data', onData).on('end', onEnd);
    if (inflater !== undefined) request.on('data', onReceived).pipe(inflater);
  });
}

/**
 * Lets the sender of a body that is refused finish, since closing at once makes most clients report a broken connection instead of the
 * answer; but not for ever.
 */
export function discardRest(request: IncomingMessage): void {
  let left = MAX_DISCARDED_BYTES;
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}

function tooLarge(limitBytes: number): Problem {
  return new Problem('too-large', `The body must not be larger than ${limitBytes / 1024} KiB.`);
}
