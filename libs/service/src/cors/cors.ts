import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestPath } from '../request/request-path.js';
import { corsHeadersFor, corsPreflightHeadersFor } from './cors-headers.js';

export interface CorsOptions {
  /** Exact origins that may use the API with credentials. */
  readonly origins: readonly string[];
  /** Paths that answer CORS by themselves, such as those of streams. Default: none. */
  readonly skip?: (path: string) => boolean;
}

/**
 * Express middleware for JSON APIs: the configured origins may use them with credentials, nobody else. Comes
 * before authentication, since browsers send a preflight without credentials.
 */
export function cors({ origins, skip = () => false }: CorsOptions) {
  const policy = { origins, publicResource: false };
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (skip(requestPath(request))) {
      next();
      return;
    }
    const { origin } = request.headers;
    const preflight = isPreflight(request);
    const headers = preflight ? corsPreflightHeadersFor(origin, policy) : corsHeadersFor(origin, policy);
    setCorsHeaders(response, headers);
    if (preflight) response.writeHead(204).end();
    else next();
  };
}

/** Whether a browser asks for permission rather than for the resource. */
export function isPreflight(request: IncomingMessage): boolean {
  const { headers } = request;
  return (
    request.method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/** Sets the headers, adding to a `Vary` that is already there. */
export function setCorsHeaders(response: ServerResponse, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'Vary') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
}
