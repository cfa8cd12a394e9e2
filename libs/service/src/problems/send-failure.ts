import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestIdOf } from '../request/request-id.js';
import type { Failure } from './failure.js';

/** Headers of an answer that was being prepared when it failed; they would describe the wrong body. */
const OF_THE_LOST_BODY = [
  'Content-Encoding',
  'Content-Disposition',
  'Content-Range',
  'ETag',
  'Last-Modified',
];

/** The document of RFC 9457. */
export function problemDocument(failure: Failure, requestId?: string): string {
  const { type, title, status, detail, errors } = failure;
  // JSON.stringify leaves out what is undefined.
  return JSON.stringify({ type, title, status, detail, instance: requestId, errors });
}

/** Headers that go with a problem document, whatever writes it. */
export function problemHeaders(failure: Failure): Record<string, string> {
  return {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(failure.challenge === undefined ? {} : { 'WWW-Authenticate': failure.challenge }),
    ...(failure.retryAfterS === undefined ? {} : { 'Retry-After': String(Math.ceil(failure.retryAfterS)) }),
  };
}

/**
 * Answers with the failure. A response that has begun cannot be taken back: it is broken off, so that the
 * caller does not take the part for the whole.
 */
export function sendFailure(request: IncomingMessage, response: ServerResponse, failure: Failure): void {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy();
    return;
  }
  for (const name of OF_THE_LOST_BODY) response.removeHeader(name);
  for (const [name, value] of Object.entries(problemHeaders(failure))) response.setHeader(name, value);
  const body = problemDocument(failure, requestIdOf(request));
  response.statusCode = failure.status;
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(request.method === 'HEAD' ? undefined : body);
}
