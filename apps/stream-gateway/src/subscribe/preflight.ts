import type { RequestHandler } from 'express';
import { corsPreflightHeadersFor, isPreflight, requestPath, setCorsHeaders } from '#libs/service';

/** Addresses of streams, which any website may try to read: what it may see is decided by the stream. */
const STREAM_PATH = /^\/(?:pipelines\/[^/]+\/sse|sources\/[^/]+\/sse|sse\/dc\/[^/]+\/emits|v1\/sse)\/?$/;

/** The addresses of single streams, which most requests are for. */
export const STREAM_ROUTES = ['/pipelines/:id/sse', '/sources/:id/sse', '/sse/dc/:id/emits'].map((path) => ({
  path,
}));

/** Whether this is the address of a stream. */
export function isStreamPath(path: string): boolean {
  return STREAM_PATH.test(path);
}

/**
 * Answers a browser's question before a subscription with headers of its own. It comes without a credential, so
 * it is answered alike for every stream; the answer to the request itself says who may read it.
 */
export function subscribePreflight(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (!isPreflight(request) || !isStreamPath(requestPath(request))) return next();
    const origin = request.get('origin');
    const publicResource = !origins.includes(origin ?? '');
    setCorsHeaders(response, corsPreflightHeadersFor(origin, { origins, publicResource }));
    response.status(204).end();
  };
}
