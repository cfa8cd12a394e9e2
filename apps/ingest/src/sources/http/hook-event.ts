import type { IncomingHttpHeaders } from 'node:http';
import { grouped } from './grouped.js';
import { hookBody } from './hook-body.js';

/** Headers that are about one connection and not about the message (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** A request to a source's endpoint. */
export interface HookRequest {
  readonly method: string;
  /** As it stands in the request line: `/hooks/<token>/rest?query`. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** The event that a request becomes. */
export function hookEvent({ method, target, headers }: HookRequest, body: Uint8Array) {
  const { path, query } = partsOf(target);
  return {
    method,
    path,
    query: grouped(new URLSearchParams(query)),
    headers: endToEnd(headers),
    ...hookBody(body, headers['content-type']),
  };
}

/** What follows the token, as it was sent. */
function partsOf(target: string): { path: string; query: string } {
  // The absolute form of a request to a proxy (RFC 9112 section 3.2.2).
  const local = target.startsWith('/') ? target : target.replace(/^[^/]*\/\/[^/?]*/, '');
  const end = local.indexOf('?');
  const path = end === -1 ? local : local.slice(0, end);
  return {
    path: `/${path.split('/').slice(3).join('/')}`,
    query: end === -1 ? '' : local.slice(end + 1),
  };
}

function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[] | undefined> {
  const named = (headers.connection ?? '').toLowerCase().split(',');
  const dropped = new Set([...HOP_BY_HOP, ...named.map((name) => name.trim())]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}
