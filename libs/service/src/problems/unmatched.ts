import type { IncomingMessage, ServerResponse } from 'node:http';
import { Problem } from '#libs/contracts';
import { requestPath } from '../request/request-path.js';

/** What is used here of an Express application: the layers that its router walks through. */
export interface RoutedApp {
  readonly router: { readonly stack: readonly RouterLayer[] };
}

interface RouterLayer {
  match(path: string): unknown;
  readonly route?: { readonly methods: Readonly<Record<string, boolean | undefined>> };
}

type Next = (error?: unknown) => void;

/**
 * The last handler: no route took the request. A path that some route knows under another method is answered
 * with 405 and `Allow`, or, when OPTIONS asked, with 204 and `Allow`; any other path with 404.
 */
export function unmatched(app: RoutedApp) {
  return (request: IncomingMessage, response: ServerResponse, next: Next): void => {
    const methods = allowedMethods(app, requestPath(request));
    if (methods.length === 0) {
      next(new Problem('not-found', 'There is nothing at this address.'));
      return;
    }
    response.setHeader('Allow', methods.join(', '));
    if (request.method === 'OPTIONS') {
      response.statusCode = 204;
      response.end();
      return;
    }
    next(new Problem('method-not-allowed', `This address supports ${methods.join(', ')}.`));
  };
}

/** Methods of all routes that match the path. A route for every method does not count: it took the request. */
function allowedMethods(app: RoutedApp, path: string): string[] {
  const methods = new Set<string>();
  for (const layer of app.router.stack) {
    if (layer.route === undefined || !matches(layer, path)) continue;
    for (const [method, handled] of Object.entries(layer.route.methods)) {
      if (handled !== true || method === '_all') continue;
      methods.add(method.toUpperCase());
      if (method === 'get') methods.add('HEAD');
    }
  }
  return methods.size === 0 ? [] : [...methods.add('OPTIONS')].sort();
}

function matches(layer: RouterLayer, path: string): boolean {
  try {
    return Boolean(layer.match(path));
  } catch {
    // A part of the path that cannot be decoded. The router has refused it before, unless no route has a part there.
    return false;
  }
}
