import type { IncomingMessage, ServerResponse } from 'node:http';

export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Several middlewares as one, in their order: Express looks up and wraps each that it has, for each request anew, which
 * costs more than what ours do. One that passes an error on, or does not go on, ends the row.
 */
export function inOneGo(...parts: readonly Middleware[]): Middleware {
  return (request, response, next) => {
    let at = 0;
    const go = (error?: unknown): void => {
      const part = error === undefined ? parts[at++] : undefined;
      if (part === undefined) next(error);
      else part(request, response, go);
    };
    go();
  };
}
