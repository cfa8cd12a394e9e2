import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http';

/** What an Express application gives its requests and responses for prototypes. */
export interface ExpressPrototypes {
  request: object;
  response: object;
}

/**
 * What Node's server is to make requests and responses of, so that they are Express's from the beginning.
 *
 * Express changes the prototypes of each request and response that it gets, after which no two of them look alike to the
 * engine: every access to a field is then searched for, which costs four fifths of a small request's time, and each
 * keeps 2 KiB of descriptions of its own. With the prototype already in place, that change is none.
 */
export function expressKinds(
  app: ExpressPrototypes,
): Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'> {
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {}
  Object.setPrototypeOf(ExpressRequest.prototype, app.request);
  Object.setPrototypeOf(ExpressResponse.prototype, app.response);
  app.request = ExpressRequest.prototype;
  app.response = ExpressResponse.prototype;
  return { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
}

/**
 * Has `request.ip` be the other end of the connection, as it is where no proxy is trusted: Express takes the headers of
 * proxies apart before it believes none of them, which was a fiftieth of a connect.
 */
export function noProxies(app: Pick<ExpressPrototypes, 'request'>): void {
  Object.defineProperty(app.request, 'ip', {
    configurable: true,
    get(this: IncomingMessage) {
      return this.socket.remoteAddress;
    },
  });
}
