import type { SettingsOf } from './define-settings.js';
import { httpUrl } from './network-schemas.js';
import { setting } from './setting.js';
import { keyValues, oneOf, plainText, share, wholeNumber, yesNo } from './text-schemas.js';

/** Under the names of the OpenTelemetry specification, which whoever runs a collector sets anyway (ADR 0018). */
export const traceSettings = {
  otlpEndpoint: setting({
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    schema: httpUrl(),
    doc: 'OpenTelemetry collector that traces are sent to, as OTLP over HTTP (port 4318 by custom); /v1/traces is added. Unset, and the next one too: no traces.',
  }),
  otlpTracesEndpoint: setting({
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    schema: httpUrl(),
    doc: 'The same as the whole address; wins over it.',
  }),
  otlpHeaders: setting({
    env: 'OTEL_EXPORTER_OTLP_HEADERS',
    schema: keyValues('comma-separated name=value'),
    default: {},
    secret: true,
    doc: 'Headers sent to the collector, such as its key.',
  }),
  tracesExporter: setting({
    env: 'OTEL_TRACES_EXPORTER',
    schema: oneOf('otlp', 'none'),
    default: 'otlp',
    doc: 'none: no traces, whatever else is set.',
  }),
  otelDisabled: setting({
    env: 'OTEL_SDK_DISABLED',
    schema: yesNo(),
    default: false,
    doc: 'The same by another name.',
  }),
  otelServiceName: setting({
    env: 'OTEL_SERVICE_NAME',
    schema: plainText(),
    doc: 'service.name in traces. Unset: the name of the service.',
  }),
  otelResourceAttributes: setting({
    env: 'OTEL_RESOURCE_ATTRIBUTES',
    schema: keyValues('comma-separated name=value'),
    default: {},
    doc: 'What else describes this process in traces.',
  }),
  tracesSampler: setting({
    env: 'OTEL_TRACES_SAMPLER',
    schema: oneOf(
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
      'always_on',
      'always_off',
      'traceidratio',
    ),
    default: 'parentbased_always_on',
    doc: "Which traces are recorded. parentbased: as the caller's traceparent says, and by the rest of the name without one.",
  }),
  tracesRatio: setting({
    env: 'OTEL_TRACES_SAMPLER_ARG',
    schema: share(),
    default: 1,
    doc: 'Share of traces that a traceidratio takes.',
  }),
  traceDelayMs: setting({
    env: 'OTEL_BSP_SCHEDULE_DELAY',
    schema: wholeNumber(10, 60_000),
    default: 5_000,
    unit: 'ms',
    doc: 'How long spans wait to be sent together.',
  }),
};

export type TraceSettings = SettingsOf<typeof traceSettings>;
