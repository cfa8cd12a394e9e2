import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { MAX_PAYLOAD_DEPTH, Problem } from '#libs/contracts';

/** Bytes of a refused body that are still read and thrown away, so that its sender gets to read the answer. */
const MAX_DISCARDED_BYTES = 4 * 1024 * 1024;

/** Nesting that a request may have: the deepest payload, inside an item, inside a batch. */
const MAX_BODY_DEPTH = MAX_PAYLOAD_DEPTH + 2;

const BYTE_ORDER_MARK = '\uFEFF';
const JSON_TYPE = /^application\/(?:json|[a-z0-9!#$&^_.-]+\+json)$/;

export interface BodyOptions {
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
export async function readBody(request: IncomingMessage, { limitBytes }: BodyOptions): Promise<Buffer> {
  try {
    const inflater = inflaterFor(request);
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
    return await collect(request, inflater, limitBytes);
  } catch (error) {
    discardRest(request);
    throw error;
  }
}

/**
 * The JSON value in the body of a request.
 *
 * @throws Problem as {@link readBody} does, `unsupported-media-type` unless the Content-Type is JSON in UTF-8,
 *   `malformed-request` as {@link parseJson} does
 */
export async function readJson(request: IncomingMessage, options: BodyOptions): Promise<unknown> {
  const { type, charset } = mediaType(request.headers['content-type']);
  if (!JSON_TYPE.test(type) || !(charset === 'utf-8' || charset === 'utf8')) {
    discardRest(request);
    throw new Problem('unsupported-media-type', 'The Content-Type must be application/json in UTF-8.');
  }
  const text = decodeUtf8(await readBody(request, options));
  if (text === undefined) throw new Problem('malformed-request', 'The body is not valid UTF-8.');
  return parseJson(text);
}

/**
 * The value of a JSON text.
 *
 * @throws Problem `malformed-request` when it is not JSON, or nested so deeply that writing it out again would
 *   overflow the stack
 */
export function parseJson(text: string, maxDepth = MAX_BODY_DEPTH): unknown {
  if (jsonDepth(text) > maxDepth) {
    throw new Problem('malformed-request', `The JSON is nested more than ${maxDepth} levels deep.`);
  }
  try {
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch (error) {
    const position = /position (\d+)/.exec(String(error))?.[1];
    const where = position === undefined ? '' : `: see character ${position}, counted from 0`;
    throw new Problem('malformed-request', `The body is not valid JSON${where}.`, { cause: error });
  }
}

/** The text of UTF-8 bytes, a byte order mark included, or undefined when they are something else. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The parts of a Content-Type in lower case; the charset is `utf-8` when none is named. */
export function mediaType(header: string | undefined): { type: string; charset: string } {
  const [type = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters.map((text) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(text)?.[1]);
  return { type: type.trim(), charset: charset.find((value) => value !== undefined) ?? 'utf-8' };
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
 * Lets the sender finish, since closing at once makes most clients report a broken connection instead of the
 * answer; but not for ever.
 */
function discardRest(request: IncomingMessage): void {
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

/** Levels of arrays and objects in a JSON text, found without recursion and before anything is built. */
function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === BACKSLASH) i++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_BRACKET || unit === OPEN_BRACE) deepest = Math.max(deepest, ++depth);
    else if (unit === CLOSE_BRACKET || unit === CLOSE_BRACE) depth--;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
