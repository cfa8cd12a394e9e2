import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '#libs/contracts';
import { requestPath } from './request-path.js';

/** Refuses what no route should have to think of: a path that cannot be decoded, and HTTP/1.1 without a host. */
export function wellFormed(
  request: IncomingMessage,
  _response: ServerResponse,
  next: (error?: unknown) => void,
): void {
  const fault = faultOf(request);
  next(fault === undefined ? undefined : new Problem('malformed-request', fault));
}

function faultOf(request: IncomingMessage): string | undefined {
  // Node would check this too (requireHostHeader), but answers without a problem document.
  if (request.httpVersion === '1.1' && request.headers.host === undefined)
    return 'The Host header is missing.';
  const path = requestPath(request);
  if (path.includes('%') && !decodable(path)) return 'The address has an invalid percent-encoding.';
  return undefined;
}

function decodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
