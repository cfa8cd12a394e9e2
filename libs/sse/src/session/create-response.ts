import { SseError } from '../errors.js';
import type { AnyEvents } from '../events/event-map.js';
import { FetchConnection } from './fetch-connection.js';
import { Session } from './session.js';
import type { DefaultSessionState, SessionOptions } from './session-options.js';

/** Called with the session when it has connected. */
export type CreateResponseCallback<State = DefaultSessionState, Events extends object = AnyEvents> = (
  session: Session<State, Events>,
) => void;

/**
 * Opens a session on a request of the Fetch API and returns the response to give back from the route. A response
 * of one's own lends it its status and headers.
 */
export function createResponse<State = DefaultSessionState, Events extends object = AnyEvents>(
  ...args:
    | [request: Request, callback: CreateResponseCallback<State, Events>]
    | [request: Request, options: SessionOptions<State>, callback: CreateResponseCallback<State, Events>]
    | [request: Request, response: Response, callback: CreateResponseCallback<State, Events>]
    | [
        request: Request,
        response: Response,
        options: SessionOptions<State>,
        callback: CreateResponseCallback<State, Events>,
      ]
): Response {
  const [request, ...rest] = args;
  const callback = rest.at(-1);
  if (typeof callback !== 'function') {
    throw new SseError('bad-option', 'The last argument of createResponse is what to do with the session.');
  }
  const between = rest.slice(0, -1) as (Response | SessionOptions<State>)[];
  const given = between.find((arg) => arg instanceof Response);
  const options = between.find((arg) => !(arg instanceof Response)) as SessionOptions<State> | undefined;
  const connection = new FetchConnection(request, given, options ?? {});
  const session = new Session<State, Events>(connection, options ?? {});
  session.once('connected', () => callback(session));
  return connection.response;
}
