import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Problem } from '#libs/contracts';
import { requestPath } from '../request/request-path.js';

/** What is for whoever runs a service, and not for who uses it. */
const OPERATORS_PATH = /^\/(?:metrics|docs|docs-json|docs-yaml)(?:\/|$)/i;
/** What is asked from either side. */
const PROBE_PATH = /^\/(?:healthz|readyz)\/?$/i;

/**
 * A second port for `/metrics` and `/docs`: on it nothing else is found but the probes, and on the first one they
 * are not found any more.
 */
export class AdminDoor {
  private readonly requests = new WeakSet<IncomingMessage>();

  /** @param separate whether there is a second port; otherwise everything is found on the first */
  constructor(private readonly separate: boolean) {}

  /** What the server of the second port calls for each request. */
  entrance(app: RequestListener): RequestListener {
    return (request, response) => {
      this.requests.add(request);
      app(request, response);
    };
  }

  readonly middleware = (
    request: IncomingMessage,
    _response: ServerResponse,
    next: (error?: unknown) => void,
  ): void => {
    if (!this.separate || this.isFound(request)) next();
    else next(new Problem('not-found', 'There is nothing at this address.'));
  };

  private isFound(request: IncomingMessage): boolean {
    const path = requestPath(request);
    return PROBE_PATH.test(path) || OPERATORS_PATH.test(path) === this.requests.has(request);
  }
}
