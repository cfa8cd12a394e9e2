/**
 * The place of a piece of work in a trace, in the form of W3C Trace Context: what the work that follows from it is
 * given, in the headers of HTTP requests and NATS messages alike.
 */
export interface TraceHeaders {
  readonly traceparent: string;
  readonly tracestate?: string;
}

export interface SpanOptions {
  /** Part in the exchange: answers a call, sends an event on, takes one. */
  readonly kind: 'server' | 'producer' | 'consumer';
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** A piece of work that is under way, in a trace that is recorded. Whoever begins it ends it. */
export interface TraceSpan {
  /** For what follows from this work, in this process or another. */
  readonly headers: TraceHeaders;
  /** Says more about it: a better name, further attributes. */
  describe(more: { readonly name?: string; readonly attributes?: SpanOptions['attributes'] }): void;
  /** @param failure what went wrong, in a few words that do not vary from case to case. Left out: nothing did */
  end(failure?: string): void;
}

/** Makes spans. It is there only while somebody collects them (ADR 0018). Never throws. */
export interface TraceRecorder {
  /**
   * Begins a piece of work.
   *
   * @param parent as it came with the call or message. What is not well formed counts as absent, and begins a trace
   * @returns undefined for a trace that is not recorded; what follows from the work begins no span then
   */
  begin(name: string, parent: Partial<TraceHeaders> | undefined, options: SpanOptions): TraceSpan | undefined;
}

/** Does the work of a span and ends it; without one, only the work. */
export async function during<T>(span: TraceSpan | undefined, work: () => Promise<T>): Promise<T> {
  if (span === undefined) return await work();
  try {
    const result = await work();
    span.end();
    return result;
  } catch (error) {
    span.end(failureOf(error));
    throw error;
  }
}

/** The code of a problem, which is one of a few words, else the name of the error. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
