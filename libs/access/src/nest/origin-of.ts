import type { IncomingMessage } from 'node:http';
import { requestIdOf, spanOf } from '#libs/service';
import type { Origin } from '../decision.js';

/** What names this request to whoever is asked about its credential. */
export function originOf(request: IncomingMessage): Origin {
  return { requestId: requestIdOf(request), trace: spanOf(request)?.headers };
}
