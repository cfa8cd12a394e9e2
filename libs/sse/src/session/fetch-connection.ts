import type { Outlet } from '../outlet.js';
import type { ClosedBy, Connection } from './connection.js';
import { type HeadOptions, headOf } from './response-head.js';

/** A connection of the Fetch API: the framework takes the response and reads its body. */
export class FetchConnection implements Connection {
  readonly response: Response;
  private readonly body: BodyOutlet | undefined;
  private readonly cancelled = new AbortController();

  /** @param given its status and headers are used, where the options do not say otherwise */
  constructor(
    private readonly request: Request,
    given: Response | undefined,
    options: HeadOptions,
  ) {
    const head = headOf(options, given === undefined ? {} : headersOf(given));
    const status = options.statusCode ?? given?.status ?? 200;
    if (status === 200 && request.method !== 'HEAD') this.body = new BodyOutlet(() => this.cancelled.abort());
    this.response = new Response(this.body?.stream ?? null, { status });
    for (const [name, value] of head) {
      for (const one of value === undefined ? [] : [value].flat()) this.response.headers.append(name, one);
    }
  }

  get url(): string {
    return this.request.url;
  }

  header(name: string): string | undefined {
    return this.request.headers.get(name) ?? undefined;
  }

  open(): Outlet | ClosedBy {
    if (this.request.signal.aborted) return 'client';
    return this.body ?? 'ended';
  }

  onClose(listener: (by: ClosedBy) => void): () => void {
    const over = new AbortController();
    const onAbort = () => listener('client');
    for (const signal of [this.request.signal, this.cancelled.signal]) {
      signal.addEventListener('abort', onAbort, { once: true, signal: over.signal });
    }
    return () => over.abort();
  }
}

function headersOf({ headers }: Response): Record<string, string | string[]> {
  const cookies = headers.getSetCookie();
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 && { 'set-cookie': cookies }) };
}

/** A response body that takes a frame only when its reader asks for one, so that what waits is counted here. */
class BodyOutlet implements Outlet {
  readonly framing = 'plain';
  readonly stream: ReadableStream<Uint8Array>;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private drainListener: (() => void) | undefined;

  constructor(onCancel: () => void) {
    const source = {
      start: (controller: ReadableStreamDefaultController<Uint8Array>) => {
        this.controller = controller;
      },
      pull: () => {
        const listener = this.drainListener;
        this.drainListener = undefined;
        listener?.();
      },
      cancel: () => {
        this.controller = undefined;
        onCancel();
      },
    };
    this.stream = new ReadableStream<Uint8Array>(source, { highWaterMark: 0 });
  }

  write(bytes: Uint8Array): boolean {
    // A copy, because the reader may give the bytes away, and others share them.
    this.controller?.enqueue(Uint8Array.from(bytes));
    return this.controller?.desiredSize === 0;
  }

  onDrain(listener: () => void): void {
    this.drainListener = listener;
  }

  end(): void {
    this.controller?.close();
    this.controller = undefined;
  }

  destroy(): void {
    this.controller?.error(new Error('The event stream was cut.'));
    this.controller = undefined;
  }
}
