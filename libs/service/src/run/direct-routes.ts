import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { inOneGo, type Middleware } from '../request/in-one-go.js';

/** What a route of Nest's is handed over as. */
type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

/** A route that is asked so often that it is found without Express. */
export interface DirectRouteOptions {
  /** Default: GET. */
  readonly method?: 'GET' | 'POST';
  /** With one part that varies, such as `/streams/:id/events`. */
  readonly path: string;
  /** What runs behind the middlewares that come before all routes, where others would be left out. Default: nothing. */
  readonly before?: Middleware;
}

interface DirectRoute {
  readonly method: string;
  readonly path: string;
  readonly own: Middleware | undefined;
  /** What comes before the one part of the path that varies, what that is called, and what comes behind it. */
  readonly before: string;
  readonly parameter: string;
  readonly behind: string;
  handler: Handler | undefined;
  /** All that runs before the handler. */
  middleware: Middleware | undefined;
}

export interface DirectRoutesOptions {
  /** What runs before each handler, as it does before all other routes. */
  readonly before: Middleware;
  /** Answers what `before` refuses. */
  readonly refuse: (error: unknown, request: IncomingMessage, response: ServerResponse) => void;
}

const TEMPLATE = /^(\/[\w/]*\/):(\w+)(\/[\w/]+)$/;

/**
 * The routes that are asked so often that they are found by comparing texts: Express tries its layers one after the
 * other, each with a pattern of its own (docs/performance.md).
 *
 * The handlers are Nest's, guards and interceptors included, and Express has the same routes: it gets whatever is
 * written in another way than usual, such as in capitals or percent-encoded, and all other methods.
 */
export class DirectRoutes {
  private readonly routes: readonly DirectRoute[];
  private options: DirectRoutesOptions | undefined;

  constructor(routes: readonly DirectRouteOptions[]) {
    this.routes = routes.map(({ method = 'GET', path, before: own }) => {
      const [, before, parameter, behind] = TEMPLATE.exec(path) ?? [];
      if (before === undefined || parameter === undefined || behind === undefined) {
        throw new Error(`No direct route can be made of ${path}.`);
      }
      return { method, path, own, before, parameter, behind, handler: undefined, middleware: undefined };
    });
  }

  /** Until this was called Express gets all. */
  open(options: DirectRoutesOptions): void {
    this.options = options;
    for (const route of this.routes) {
      route.middleware = route.own === undefined ? options.before : inOneGo(options.before, route.own);
    }
  }

  /** Takes notice of a route that Express gets. */
  note(method: string, path: unknown, handler: unknown): void {
    for (const route of this.routes) {
      if (method === route.method && path === route.path) route.handler = handler as Handler;
    }
  }

  /** What a server is to call. @param express what gets all other requests */
  listener(express: RequestListener): RequestListener {
    return (request, response) => {
      if (!this.answered(request, response)) express(request, response);
    };
  }

  private answered(request: IncomingMessage, response: ServerResponse): boolean {
    const { options } = this;
    const { method, url = '' } = request;
    if (options === undefined) return false;
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    for (const route of this.routes) {
      const { before, parameter, behind, handler, middleware } = route;
      if (handler === undefined || middleware === undefined || method !== route.method) continue;
      if (!path.startsWith(before) || !path.endsWith(behind)) continue;
      const value = path.slice(before.length, -behind.length);
      if (value === '' || !isPlain(value)) return false;
      noteRoute(request as RoutedRequest, { url, params: { [parameter]: value }, response, route });
      const refuse = (error: unknown) => options.refuse(error, request, response);
      middleware(request, response, (error) =>
        error === undefined ? handler(request, response, refuse) : refuse(error),
      );
      return true;
    }
    return false;
  }
}

/** What Express notes on a request. */
interface RoutedRequest extends IncomingMessage {
  originalUrl: string;
  params: Readonly<Record<string, string>>;
  res: ServerResponse;
  route: { readonly path: string };
}

interface Noted extends Pick<RoutedRequest, 'params' | 'route'> {
  readonly response: ServerResponse;
  readonly url: string;
}

/** One field after the other: `Object.assign` looks each of them up, which took 10 µs of a request. */
function noteRoute(request: RoutedRequest, { url, params, response, route }: Noted): void {
  request.originalUrl = url;
  request.params = params;
  request.res = response;
  request.route = route;
}

/** Whether a part of a path means what is written. */
function isPlain(part: string): boolean {
  return !part.includes('/') && !part.includes('%');
}
