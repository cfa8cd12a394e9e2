/** Characters of the longest ticket: what a cookie and a proxy's request line can carry. */
export const MAX_TICKET_LENGTH = 4_000;

/** A signed token in compact form: its header is JSON, and `{"` is `eyJ` in base64url. */
const TICKET = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/;

/** Whether the text has the form of a ticket. No API key has it, so that each text is either one or the other. */
export function isTicket(text: string): boolean {
  return text.length <= MAX_TICKET_LENGTH && TICKET.test(text);
}
