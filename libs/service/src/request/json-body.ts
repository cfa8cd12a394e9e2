import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '#libs/contracts';
import { type BodyLimits, readBody } from './read-body.js';

/**
 * Express middleware that puts the parsed JSON body where Nest's `@Body()` finds it. A request without a body
 * passes with `body` undefined; one with another media type is refused with 415.
 */
export function jsonBody(limits: BodyLimits) {
  return (request: IncomingMessage, _response: ServerResponse, next: (error?: unknown) => void): void => {
    if (!hasBody(request)) {
      next();
      return;
    }
    readJson(request, limits).then((body) => {
      (request as { body?: unknown }).body = body;
      next();
    }, next);
  };
}

/**
 * The JSON body of a request.
 *
 * @throws Problem `unsupported-media-type` when it is not declared as JSON, `malformed-request` when it is not JSON
 */
export async function readJson(request: IncomingMessage, limits: BodyLimits): Promise<unknown> {
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
  if (mediaType.trim().toLowerCase() !== 'application/json') {
    throw new Problem('unsupported-media-type', 'Send the body as application/json.');
  }
  return parseJson(await readBody(request, limits));
}

/**
 * The value of a JSON text in UTF-8.
 *
 * @throws Problem `malformed-request`; the parser's own message is left out, since it quotes the text
 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    // Fatal: bytes that are not UTF-8 would otherwise be stored as U+FFFD, which nobody sent.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Problem('malformed-request', 'The body is not valid JSON in UTF-8.');
  }
}

/** RFC 9112 section 6.3: a request has a body if and only if one of these is there. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
