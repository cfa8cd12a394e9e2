/** Which traces are recorded, by the names of the OpenTelemetry specification. */
export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

export interface TraceOptions {
  /** Where spans are sent, as OTLP in JSON over HTTP: the whole address. */
  readonly url: string;
  /** Sent with them, such as the key of whoever collects them. */
  readonly headers: Readonly<Record<string, string>>;
  /** What describes this process, `service.name` above all. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: SamplerName;
  /** Share of traces that a sampler by ratio takes, 0 to 1. */
  readonly ratio: number;
  /** Milliseconds for which spans may wait to be sent together. */
  readonly delayMs: number;
  /** Told when spans cannot be sent, or are left out, at most once a minute. Must not throw. */
  readonly onTrouble: (what: string) => void;
}
