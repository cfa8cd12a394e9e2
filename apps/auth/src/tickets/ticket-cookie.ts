import { TICKET_COOKIE } from '#libs/access';
import type { NewTicket } from './tickets.js';

/**
 * The `Set-Cookie` that has a browser send a ticket by itself, to our address only: out of reach for scripts, and
 * not with what a page of another site asks of us.
 *
 * @param secure whether the address is https, where a cookie must not go out in clear text
 */
export function ticketCookie({ text, livesS }: NewTicket, secure: boolean): string {
  const attributes = [
    `Max-Age=${livesS}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    ...(secure ? ['Secure'] : []),
  ];
  return [`${TICKET_COOKIE}=${text}`, ...attributes].join('; ');
}
