import { describe, expect, it } from '@jest/globals';
import { commonSettings } from './common-settings.js';
import { defineSettings } from './define-settings.js';

const definition = defineSettings(commonSettings({ port: 3001 }));

describe('commonSettings', () => {
  it('starts a service on this machine when nothing is set', () => {
    expect(definition.parse({})).toEqual({
      host: '127.0.0.1',
      port: 3001,
      adminHost: '127.0.0.1',
      adminPort: undefined,
      maxFailedCredentials: 100,
      maxRequestsPerAddress: 0,
      maxRequestsPerKey: 0,
      publicUrl: undefined,
      natsUrl: 'nats://127.0.0.1:4222',
      natsUser: undefined,
      natsPassword: undefined,
      natsReplicas: 1,
      logLevel: 'info',
      drainMs: 10_000,
      trustProxy: [],
      corsOrigins: [],
      otlpEndpoint: undefined,
      otlpTracesEndpoint: undefined,
      otlpHeaders: {},
      tracesExporter: 'otlp',
      otelDisabled: false,
      otelServiceName: undefined,
      otelResourceAttributes: {},
      tracesSampler: 'parentbased_always_on',
      tracesRatio: 1,
      traceDelayMs: 5_000,
    });
  });

  it.each([
    ['PORT', '65536'],
    ['NATS_REPLICAS', '2'],
    ['RUNNEL_LOG_LEVEL', 'INFO'],
    ['RUNNEL_PUBLIC_URL', 'https://example.com/'],
    ['RUNNEL_DRAIN_MS', '600001'],
    ['RUNNEL_TRUST_PROXY', 'all'],
    ['RUNNEL_CORS_ORIGINS', '*'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://user:pass@collector'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'key=%'],
    ['OTEL_TRACES_EXPORTER', 'zipkin'],
    ['OTEL_TRACES_SAMPLER', 'xray'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
  ])('refuses %s=%s', (env, text) => {
    expect(() => definition.parse({ [env]: text })).toThrow(env);
  });

  it('documents every setting in words, and shows no default of a secret', () => {
    const rows = definition.describe();
    expect(rows).toHaveLength(26);
    for (const row of rows)
      expect(row).toMatchObject({ type: expect.stringMatching(/^\S/), doc: expect.stringMatching(/\.$/) });
    expect(rows.find(({ env }) => env === 'NATS_PASSWORD')).toMatchObject({
      secret: true,
      default: undefined,
    });
    expect(rows.find(({ env }) => env === 'NATS_REPLICAS')).toMatchObject({
      type: '1, 3 or 5',
      default: '1',
    });
  });
});
