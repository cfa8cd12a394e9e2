import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { Counter, type Registry } from 'prom-client';
import { Problem } from '#libs/contracts';
import type { Log } from '../log/create-log.js';
import { requestIdOf } from '../request/request-id.js';
import { requestPath } from '../request/request-path.js';
import { type Failure, failureOfStatus } from './failure.js';
import { readFailure } from './read-failure.js';
import { sendFailure } from './send-failure.js';

/** Turns everything that is thrown while a request is handled into `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly problems: Counter<'status' | 'code'>;
  private readonly limits: Counter<'limit'>;

  constructor(
    private readonly log: Log,
    registry: Registry,
  ) {
    this.problems = new Counter({
      name: 'runnel_http_problems_total',
      help: 'Requests that were answered with a problem, by status and code (docs/errors.md).',
      labelNames: ['status', 'code'],
      registers: [registry],
    });
    this.limits = new Counter({
      name: 'runnel_limit_refusals_total',
      help: 'Requests that were refused with 429, by the limit that was reached (docs/security.md).',
      labelNames: ['limit'],
      registers: [registry],
    });
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<IncomingMessage>(), http.getResponse<ServerResponse>());
  }

  /** The same where Nest has no part in it. */
  answer(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    const failure = readFailure(error) ?? failureOfStatus(500);
    if (failure.status >= 500) this.logFailure(error, request);
    this.problems.inc({
      status: failure.status,
      code: codeOf(failure),
    });
    if (error instanceof Problem && error.limit !== undefined) this.limits.inc({ limit: error.limit });
    sendFailure(request, response, failure);
  }

  private logFailure(error: unknown, request: IncomingMessage): void {
    const fields = { requestId: requestIdOf(request), method: request.method, path: requestPath(request) };
    if (!(error instanceof Problem)) {
      this.log.error({ ...fields, err: error }, 'A request failed unexpectedly.');
    } else if (error.code === 'internal-error' || error.cause !== undefined) {
      this.log.warn({ ...fields, err: error }, 'A request failed.');
    } else {
      // Foreseen and without more to say: during an outage there is one for each request.
      this.log.debug({ ...fields, code: error.code }, 'A request failed.');
    }
  }
}

function codeOf({ type }: Failure): string {
  return type.startsWith('urn:') ? type.slice(type.lastIndexOf(':') + 1) : 'none';
}
