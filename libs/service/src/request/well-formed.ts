import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '#libs/contracts';
import { requestPath } from './request-path.js';

/** Refuses what no route should have to think of: a path that cannot be decoded, HTTP/1.1 without a host or with two, HTTP/0.9. */
export function wellFormed(
  request: IncomingMessage,
  _response: ServerResponse,
  next: (error?: unknown) => void,
): void {
  const fault = faultOf(request);
  next(fault === undefined ? undefined : new Problem('malformed-request', fault));
}

function faultOf(request: IncomingMessage): string | undefined {
  // A request line without a version, which Node reads as HTTP/0.9 and nobody means any more.
  if (request.httpVersionMajor < 1) return 'The request line has no version of HTTP.';
  // Node would check this too (requireHostHeader), but answers without a problem document.
  if (request.httpVersion === '1.1' && request.headers.host === undefined)
    return 'The Host header is missing.';
  if (hasTwoHosts(request)) return 'The Host header is there twice.';
  const path = requestPath(request);
  if (path.includes('%') && !decodable(path)) return 'The address has an invalid percent-encoding.';
  return undefined;
}

/** Node keeps the first of them; a proxy may have gone by another one (RFC 9112 section 3.2). */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

function decodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
