import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomBase62 } from '#libs/contracts';

const HEADER = 'X-Request-Id';
const WELL_FORMED = /^[\x21-\x7e]{1,64}$/;
const KEY = Symbol('request id');

type Identified = IncomingMessage & { [KEY]?: string };

/** Tells the processes of a system apart; within one, a counter is enough: an id identifies, it protects nothing. */
const prefix = randomBase62(8);
let count = 0;

/**
 * Gives each request an id, which the response carries, problem documents name and log lines hold: the caller's
 * own `X-Request-Id` when it is printable ASCII of at most 64 characters, else a new one.
 */
export function requestId(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  response.setHeader(HEADER, requestIdOf(request));
  next();
}

/** The id of this request. Also right before or without the middleware: the first who asks makes it. */
export function requestIdOf(request: IncomingMessage): string {
  const identified = request as Identified;
  identified[KEY] ??= given(request) ?? `${prefix}-${(count++).toString(36)}`;
  return identified[KEY];
}

function given(request: IncomingMessage): string | undefined {
  const header = request.headers['x-request-id'];
  return typeof header === 'string' && WELL_FORMED.test(header) ? header : undefined;
}
