import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Middleware } from '../request/in-one-go.js';

/** What a route of Nest's is handed over as. */
type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

interface DirectRoute {
  /** What comes before the one part of the path that varies, what that is called, and what comes behind it. */
  readonly before: string;
  readonly parameter: string;
  readonly behind: string;
  handler: Handler | undefined;
}

export interface DirectRoutesOptions {
  /** What runs before each handler, as it does before all other routes. */
  readonly before: Middleware;
  /** Answers what `before` refuses. */
  readonly refuse: (error: unknown, request: IncomingMessage, response: ServerResponse) => void;
}

const TEMPLATE = /^(\/[\w/]*\/):(\w+)(\/[\w/]+)$/;

/**
 * The GET routes that are asked so often that they are found by comparing texts: Express tries its layers one after the
 * other, each with a pattern of its own (docs/performance.md).
 *
 * The handlers are Nest's, guards and interceptors included, and Express has the same routes: it gets whatever is
 * written in another way than usual, such as in capitals or percent-encoded, and all other methods.
 */
export class DirectRoutes {
  private readonly routes: readonly DirectRoute[];
  private options: DirectRoutesOptions | undefined;

  /** @param templates paths with one part that varies, such as `/streams/:id/events` */
  constructor(templates: readonly string[]) {
    this.routes = templates.map((template) => {
      const [, before, parameter, behind] = TEMPLATE.exec(template) ?? [];
      if (before === undefined || parameter === undefined || behind === undefined) {
        throw new Error(`No direct route can be made of ${template}.`);
      }
      return { before, parameter, behind, handler: undefined };
    });
  }

  /** Until this was called Express gets all. */
  open(options: DirectRoutesOptions): void {
    this.options = options;
  }

  /** Takes notice of a route that Express gets. */
  note(path: unknown, handler: unknown): void {
    for (const route of this.routes) {
      if (path === `${route.before}:${route.parameter}${route.behind}`) route.handler = handler as Handler;
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
    if (options === undefined || method !== 'GET') return false;
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    for (const { before, parameter, behind, handler } of this.routes) {
      if (handler === undefined || !path.startsWith(before) || !path.endsWith(behind)) continue;
      const value = path.slice(before.length, -behind.length);
      if (value === '' || !isPlain(value)) return false;
      // As Express notes them.
      Object.assign(request, { originalUrl: url, params: { [parameter]: value }, res: response });
      const refuse = (error: unknown) => options.refuse(error, request, response);
      options.before(request, response, (error) =>
        error === undefined ? handler(request, response, refuse) : refuse(error),
      );
      return true;
    }
    return false;
  }
}

/** Whether a part of a path means what is written. */
function isPlain(part: string): boolean {
  return !part.includes('/') && !part.includes('%');
}
