import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log/create-log.js';
import { requestIdOf } from './request-id.js';
import { requestPath } from './request-path.js';

/**
 * One line at level debug when a response has ended. Costs nothing, and keeps nothing alive with the open
 * streams, while the level is higher.
 */
export function accessLog(log: Log) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (log.isLevelEnabled('debug')) logWhenClosed(log, request, response);
    next();
  };
}

function logWhenClosed(log: Log, request: IncomingMessage, response: ServerResponse): void {
  const startedAt = performance.now();
  response.once('close', () => {
    log.debug(
      {
        requestId: requestIdOf(request),
        method: request.method,
        path: requestPath(request),
        status: response.statusCode,
        ms: Math.round(performance.now() - startedAt),
        // The status was chosen, but the caller left before all of the response was out.
        ...(response.writableFinished ? {} : { aborted: true }),
      },
      'request',
    );
  });
}
