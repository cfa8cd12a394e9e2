import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TraceRecorder, TraceSpan } from '#libs/tracing';
import { requestIdOf } from '../request/request-id.js';

/** What reads only has nothing following from it; a subscriber's request takes an hour besides. */
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

const spans = new WeakMap<IncomingMessage, TraceSpan>();

/** The span of a request, for what follows from it. Undefined where its trace is not recorded. */
export function spanOf(request: IncomingMessage): TraceSpan | undefined {
  return spans.get(request);
}

/**
 * A span for each request that may change something, in the caller's trace where it sent a `traceparent`. It has the
 * route and not the path: that of a webhook is a secret.
 */
export function traceRequests(recorder: TraceRecorder) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (!READS.has(request.method ?? '')) begin(recorder, request, response);
    next();
  };
}

function begin(recorder: TraceRecorder, request: IncomingMessage, response: ServerResponse): void {
  const { method = '' } = request;
  const span = recorder.begin(method, parentOf(request), {
    kind: 'server',
    attributes: { 'http.request.method': method, 'runnel.request_id': requestIdOf(request) },
  });
  if (span === undefined) return;
  spans.set(request, span);
  response.once('close', () => {
    const { statusCode } = response;
    const route = routeOf(request);
    span.describe({
      ...(route && { name: `${method} ${route}` }),
      attributes: { 'http.response.status_code': statusCode, ...(route && { 'http.route': route }) },
    });
    span.end(statusCode >= 500 ? String(statusCode) : undefined);
  });
}

function parentOf({ headers: { traceparent, tracestate } }: IncomingMessage) {
  if (typeof traceparent !== 'string') return undefined;
  return typeof tracestate === 'string' ? { traceparent, tracestate } : { traceparent };
}

/** As Express has it once the request was routed. */
function routeOf(request: IncomingMessage): string | undefined {
  const { path } = (request as { route?: { path?: unknown } }).route ?? {};
  return typeof path === 'string' ? path : undefined;
}
