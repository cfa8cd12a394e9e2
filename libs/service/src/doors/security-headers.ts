import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a browser may do with an answer that is no page: nothing but show it. */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";

const HEADERS: readonly (readonly [string, string])[] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  // An address may hold a ticket or an id that nobody else has to know.
  ['Referrer-Policy', 'no-referrer'],
  ['Content-Security-Policy', NO_PAGE],
];

/** Strict headers on every answer, whatever gives it. A page says what it needs with {@link allowPage}. */
export function securityHeaders(_request: IncomingMessage, response: ServerResponse, next: () => void): void {
  for (const [name, value] of HEADERS) response.setHeader(name, value);
  next();
}

/**
 * Lets an answer be a page that loads from and talks to this service alone.
 *
 * @param sources what a page needs besides, by directive, such as `{ 'script-src': "'sha256-…'" }`
 */
export function allowPage(response: ServerResponse, sources: Readonly<Record<string, string>> = {}): void {
  const directives = { 'default-src': '', ...sources };
  const allowed = Object.entries(directives).map(([name, value]) => `${name} 'self' ${value}`.trim());
  const policy = [...allowed, "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"];
  response.setHeader('Content-Security-Policy', policy.join('; '));
}
