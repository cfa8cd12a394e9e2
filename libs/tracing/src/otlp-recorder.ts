import {
  type Context,
  type DiagLogger,
  DiagLogLevel,
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { within } from '#libs/timing';
import type { TraceOptions } from './trace-options.js';
import type { SpanOptions, TraceHeaders, TraceRecorder, TraceSpan } from './trace-recorder.js';

const KINDS = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER } as const;
/** Spans that may wait; beyond that they are left out. */
const MAX_QUEUE = 8_192;
/** Milliseconds in which a batch must be taken, further attempts included. */
const SEND_MS = 2_000;
/** Milliseconds in which trouble is told once. */
const TROUBLE_MS = 60_000;

const propagator = new W3CTraceContextPropagator();

/**
 * Records with the OpenTelemetry SDK and sends in batches. Parents are handed on explicitly: the SDK's own way, a
 * store that follows each asynchronous step, would cost something with each of them.
 */
export class OtlpRecorder implements TraceRecorder {
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;

  constructor({ url, headers, resource, sampler, ratio, delayMs, onTrouble }: TraceOptions) {
    diag.setLogger(troubleLog(onTrouble), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
    const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: SEND_MS });
    const batches = new BatchSpanProcessor({
      exporter,
      scheduledDelayMillis: delayMs,
      maxQueueSize: MAX_QUEUE,
    });
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ ...resource }),
      sampler: samplerOf(sampler, ratio),
      spanProcessors: [batches],
    });
    this.tracer = this.provider.getTracer('runnel');
  }

  begin(
    name: string,
    parent: Partial<TraceHeaders> | undefined,
    { kind, attributes }: SpanOptions,
  ): TraceSpan | undefined {
    const context =
      parent?.traceparent === undefined
        ? ROOT_CONTEXT
        : propagator.extract(ROOT_CONTEXT, parent, defaultTextMapGetter);
    const span = this.tracer.startSpan(name, { kind: KINDS[kind], attributes: { ...attributes } }, context);
    return span.isRecording() ? new RecordedSpan(span, context) : undefined;
  }

  async close(): Promise<void> {
    await within(SEND_MS, this.provider.shutdown()).catch(() => {});
    diag.disable();
  }
}

class RecordedSpan implements TraceSpan {
  constructor(
    private readonly span: Span,
    private readonly context: Context,
  ) {}

  get headers(): TraceHeaders {
    const carrier: Record<string, string> = {};
    propagator.inject(trace.setSpan(this.context, this.span), carrier, defaultTextMapSetter);
    return carrier as Record<'traceparent', string>;
  }

  describe({ name, attributes }: Parameters<TraceSpan['describe']>[0]): void {
    if (name !== undefined) this.span.updateName(name);
    if (attributes !== undefined) this.span.setAttributes({ ...attributes });
  }

  end(failure?: string): void {
    if (failure !== undefined) {
      this.span.setAttribute('error.type', failure);
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

function samplerOf(name: TraceOptions['sampler'], ratio: number): Sampler {
  const [, followsParent, root = ''] = /^(parentbased_)?(.+)$/.exec(name) ?? [];
  const own = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }[root as 'always_on' | 'always_off' | 'traceidratio']();
  return followsParent === undefined ? own : new ParentBasedSampler({ root: own });
}

/** A collector that is away is told of with every batch: once in a while is enough. */
function troubleLog(onTrouble: (what: string) => void): DiagLogger {
  let silentUntil = 0;
  const tell = (message: string, ...details: unknown[]) => {
    const now = performance.now();
    if (now < silentUntil) return;
    silentUntil = now + TROUBLE_MS;
    onTrouble([message, ...details.map(String)].join(' '));
  };
  const ignore = () => {};
  return { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore };
}
