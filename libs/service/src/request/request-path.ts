import type { IncomingMessage } from 'node:http';

/**
 * The path that was asked for, without the query string: a query may hold a ticket. Read from what arrived,
 * since Express rewrites `url` inside of a mounted router.
 */
export function requestPath(request: IncomingMessage): string {
  const url = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/';
  // A proxy may be asked with the absolute form (RFC 9112 section 3.2.2), and every server has to take it.
  if (!url.startsWith('/') && URL.canParse(url)) return new URL(url).pathname;
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
