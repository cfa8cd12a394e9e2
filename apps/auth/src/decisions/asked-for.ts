import type { NatsContext } from '@nestjs/microservices';
import { REQUEST_ID_HEADER } from '#libs/access';
import type { TraceHeaders } from '#libs/tracing';

/** The request that another service asks for. Whoever reaches auth over NATS could write anything into it. */
export interface AskedFor {
  readonly requestId: string | undefined;
  readonly trace: Partial<TraceHeaders> | undefined;
}

/** As the headers of a question name it. Never throws. */
export function askedFor(context: NatsContext): AskedFor {
  try {
    const headers: { get(name: string): string } | undefined = context.getHeaders();
    const traceparent = headers?.get('traceparent');
    const tracestate = headers?.get('tracestate');
    return {
      requestId: headers?.get(REQUEST_ID_HEADER) || undefined,
      trace: traceparent ? { traceparent, ...(tracestate && { tracestate }) } : undefined,
    };
  } catch {
    // The client reads headers only now, and throws for a line end inside of one.
    return { requestId: undefined, trace: undefined };
  }
}
