import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { SSE_ABORT_CONTROLLER } from '@nestjs/common';
import { Observable } from 'rxjs';

/** What Nest pipes into the response of a handler with `@Sse()`, as far as it matters here. */
interface NestStream {
  commitHeaders(): void;
  end(): void;
  unpipe(destination: Writable): void;
}

/** What `@SseSignal()` would give: nobody asks for it here, and one for each request costs more than all else of Nest's. */
const NO_SIGNAL = { abort: () => {}, signal: new AbortController().signal };

/**
 * Has an application give all requests the same signal, which never aborts: Nest makes none for its `@Sse()` handlers then.
 *
 * @param app Express's, whose `request` is the prototype of all of them
 */
export function withoutSignals(app: { readonly request: object }): void {
  Object.assign(app.request, { [SSE_ABORT_CONTROLLER]: NO_SIGNAL });
}

/** What Express notes on a request to find its way to a route, each of it with closures behind it. */
const WAY = { next: undefined, _parsedUrl: undefined, route: undefined, params: undefined };

/**
 * Nest's part in the response of an `@Sse()` handler (ADR 0007). Make it in the handler: Nest takes the response
 * when the handler has returned.
 *
 * Nest would send a head with other cache rules and an empty line before the first field; it is kept from that.
 */
export class NestPart {
  private stream: NestStream | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    response.once('pipe', (source) => {
      this.stream = source as unknown as NestStream;
      this.stream.commitHeaders = () => {};
    });
  }

  /**
   * From now on the response is the caller's alone, its end included. When the Observable completes after this, Nest
   * and Express forget the request: they would otherwise keep 10 KiB for each connection as long as that lives.
   */
  end(): void {
    const { stream } = this;
    if (stream !== undefined) {
      stream.unpipe(this.response);
      // It has written nothing and nobody reads it: to end it in the way of streams takes several turns for nothing.
      stream.end = () => {};
      this.stream = undefined;
    }
    Object.assign(this.request, WAY);
    // A secret among them.
    this.request.rawHeaders.length = 0;
    this.request.headers = {};
  }
}

/**
 * An Observable that emits nothing: whatever is done with each value of it is left out. Nest would put four operators
 * between it and the response.
 */
export class Life extends Observable<never> {
  override pipe(): this {
    return this;
  }
}
