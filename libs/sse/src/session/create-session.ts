import type { AnyEvents } from '../events/event-map.js';
import { NodeConnection, type NodeRequest, type NodeResponse } from './node-connection.js';
import { Session } from './session.js';
import type { DefaultSessionState, SessionOptions } from './session-options.js';

/**
 * Opens a session on a request of node:http, node:http2, Express, Koa, Nest or Fastify.
 *
 * Resolves when the head has been sent. A client that has gone by then gives a session that is over: whatever is
 * done with it does nothing.
 *
 * Rejects only for mistakes of the program: wrong options, or a response that has begun already.
 */
export async function createSession<State = DefaultSessionState, Events extends object = AnyEvents>(
  request: NodeRequest,
  response: NodeResponse,
  options: SessionOptions<State> = {},
): Promise<Session<State, Events>> {
  const connection = new NodeConnection(request, response, options);
  const session = new Session<State, Events>(connection, options);
  // The session connects in an immediate of its own, which comes before this one.
  await new Promise((resolve) => setImmediate(resolve));
  return session;
}
