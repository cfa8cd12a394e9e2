import type { ServerResponse } from 'node:http';

/**
 * Lets a handler with `@Sse()` send its own head and bytes.
 *
 * Nest would send a head with other cache rules and an empty line before the first field, one macrotask after the
 * Observable is subscribed to. By then ours is out, so what Nest does then is answered without effect, once; the
 * rest of the response's life (its end above all) stays with Nest (ADR 0007).
 */
export function answerForNest(response: ServerResponse): void {
  const own = response as Partial<Pick<ServerResponse, 'writeHead' | 'flushHeaders' | 'write'>>;
  own.writeHead = () => response;
  own.flushHeaders = () => {};
  own.write = () => {
    delete own.writeHead;
    delete own.flushHeaders;
    delete own.write;
    return true;
  };
}
