import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '#libs/contracts';
import { API_KEY_PREFIX } from './api-key.js';
import { isTicket } from './tickets/ticket-form.js';

/** Name of the query parameter and, with `runnel_` before it, of the cookie that carry a ticket. */
const TICKET = 'ticket';
export const TICKET_COOKIE = 'runnel_ticket';

/** The cookie that keeps the key of who has signed in to the console, and the header beside which it counts. */
export const CONSOLE_COOKIE = 'runnel_console';
export const CONSOLE_HEADER = 'x-runnel-console';

const BEARER = /^bearer +([\x21-\x7e]+) *$/i;

/** What a request shows to say who sends it. The text is a secret: it goes nowhere but to `authenticate`. */
export interface Credential {
  readonly kind: 'api-key' | 'ticket';
  readonly text: string;
  /** Where it stood. A cookie is attached by the browser, whether the page meant it or not. */
  readonly place: 'header' | 'query' | 'cookie';
}

/** The parts of a request that may carry a credential. */
export interface CredentialSource {
  readonly headers: IncomingHttpHeaders;
  /** Path and query, as in the request line. */
  readonly url?: string | undefined;
}

/**
 * The credential of a request: `Authorization`, else the query's `ticket`, else a cookie: the console's
 * where its header is, or a ticket's.
 * Nothing is checked but its place and form.
 *
 * @returns undefined when none is sent
 * @throws Problem `key-in-query` for an API key in the query, where proxies log it and browsers keep it, whatever
 *   else the request shows
 * @throws Problem `bad-credential` for one that is there but cannot be read: whoever sends one wants it to count
 */
export function credentialOf(request: CredentialSource): Credential | undefined {
  const query = queryOf(request.url);
  refuseKeys(query);
  return (
    fromHeader(request.headers.authorization) ??
    fromQuery(query) ??
    fromConsole(request.headers) ??
    fromCookie(request.headers.cookie)
  );
}

/**
 * The console's key, which scripts cannot read. It counts only beside a header that a page of another origin cannot
 * send without being asked first, which is refused: so no other page can have a browser use it.
 */
function fromConsole(headers: IncomingHttpHeaders): Credential | undefined {
  if (headers[CONSOLE_HEADER] === undefined || headers.cookie === undefined) return undefined;
  const value = cookieValue(headers.cookie, CONSOLE_COOKIE);
  if (value === undefined || value === '') return undefined;
  const text = decoded(value);
  if (!BEARER.test(`Bearer ${text}`)) throw bad(`The cookie ${CONSOLE_COOKIE} must hold an API key.`);
  return { kind: 'api-key', text, place: 'cookie' };
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}

function fromHeader(header: string | undefined): Credential | undefined {
  if (header === undefined) return undefined;
  const text = BEARER.exec(header)?.[1];
  if (text === undefined) throw bad('The Authorization header must be "Bearer" and an API key or a ticket.');
  return { kind: isTicket(text) ? 'ticket' : 'api-key', text, place: 'header' };
}

function fromQuery(query: URLSearchParams): Credential | undefined {
  const [text, ...others] = query.getAll(TICKET);
  if (text === undefined) return undefined;
  if (others.length > 0 || !isTicket(text)) throw bad('The query must have one ticket.');
  return { kind: 'ticket', text, place: 'query' };
}

function fromCookie(header: string | undefined): Credential | undefined {
  const text = header === undefined ? undefined : cookieValue(header, TICKET_COOKIE);
  // Empty is how a cookie looks after signing out.
  if (text === undefined || text === '') return undefined;
  // Browsers attach cookies to whatever a foreign page asks of us: too much power for a key.
  if (!isTicket(text)) throw bad(`The cookie ${TICKET_COOKIE} must hold a ticket, and nothing else.`);
  return { kind: 'ticket', text, place: 'cookie' };
}

function refuseKeys(query: URLSearchParams): void {
  for (const [name, value] of query) {
    if (!value.startsWith(API_KEY_PREFIX) && !name.startsWith(API_KEY_PREFIX)) continue;
    throw new Problem(
      'key-in-query',
      'Send the API key as "Authorization: Bearer", or a ticket in its place. This key may have been logged on its way: rotate it.',
    );
  }
}

function queryOf(url: string | undefined): URLSearchParams {
  const start = url?.indexOf('?') ?? -1;
  return new URLSearchParams(start < 0 ? '' : url?.slice(start + 1));
}

function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const split = pair.indexOf('=');
    if (split > 0 && pair.slice(0, split).trim() === name) {
      return pair
        .slice(split + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1');
    }
  }
  return undefined;
}

function bad(detail: string): Problem {
  return new Problem('bad-credential', detail);
}
