import type { TraceOptions } from '#libs/tracing';
import type { Log } from '../log/create-log.js';
import type { TraceSettings } from '../settings/trace-settings.js';

/** Where traces go, by the settings of a service; undefined where nobody collects them. */
export function traceOptions(settings: TraceSettings, service: string, log: Log): TraceOptions | undefined {
  const url = settings.otlpTracesEndpoint ?? underBase(settings.otlpEndpoint);
  if (url === undefined || settings.tracesExporter === 'none' || settings.otelDisabled) return undefined;
  return {
    url,
    headers: settings.otlpHeaders,
    resource: {
      'service.namespace': 'runnel',
      ...settings.otelResourceAttributes,
      'service.name': settings.otelServiceName ?? settings.otelResourceAttributes['service.name'] ?? service,
    },
    sampler: settings.tracesSampler,
    ratio: settings.tracesRatio,
    delayMs: settings.traceDelayMs,
    onTrouble: (what) => log.warn({ what }, 'Traces cannot be sent'),
  };
}

function underBase(endpoint: string | undefined): string | undefined {
  return endpoint === undefined ? undefined : `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
