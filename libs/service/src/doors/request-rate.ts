import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '#libs/contracts';
import { clientAddress, TokenBuckets } from '#libs/limits';
import { requestPath } from '../request/request-path.js';

/** Asked again and again by machines that must get an answer, whatever else comes from their address. */
const UNCOUNTED = /^\/(?:healthz|readyz|metrics)$/;

/** Refuses what comes too fast from one address, before anything is done for it. @param perSecond 0: no limit */
export function requestRate(perSecond: number) {
  const buckets = new TokenBuckets({ perSecond });
  return (request: IncomingMessage, _response: ServerResponse, next: (error?: unknown) => void): void => {
    const counts = perSecond > 0 && !UNCOUNTED.test(requestPath(request));
    const retryAfterS = counts ? buckets.take(clientAddress(request)) : 0;
    next(retryAfterS === 0 ? undefined : tooMany(retryAfterS));
  };
}

function tooMany(retryAfterS: number): Problem {
  return new Problem('too-many-requests', 'Too many requests come from this address.', {
    retryAfterS,
    limit: 'requests-per-address',
  });
}
