import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Drain } from './drain.js';

/** While the service ends, tells each client that still has a connection to ask elsewhere next time. */
export function lastResponses(drain: Pick<Drain, 'draining'>) {
  return (_request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (drain.draining) response.setHeader('Connection', 'close');
    next();
  };
}
