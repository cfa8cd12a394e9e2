import { describe, expect, it } from '@jest/globals';
import { createLog } from '../log/create-log.js';
import { defineSettings } from '../settings/define-settings.js';
import { traceSettings } from '../settings/trace-settings.js';
import { traceOptions } from './trace-options.js';

const log = createLog({ service: 'test', level: 'silent' });

function optionsFor(env: NodeJS.ProcessEnv) {
  return traceOptions(defineSettings(traceSettings).parse(env), 'ingest', log);
}

describe('traceOptions', () => {
  it('are none until a collector is named, and none where traces are turned off', () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318';
    expect(optionsFor({})).toBeUndefined();
    expect(optionsFor({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
    expect(optionsFor({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    expect(optionsFor({ OTEL_EXPORTER_OTLP_ENDPOINT })).toBeDefined();
  });

  it.each([
    ['http://collector:4318', undefined, 'http://collector:4318/v1/traces'],
    ['https://collector/otlp/', undefined, 'https://collector/otlp/v1/traces'],
    ['http://collector:4318', 'http://other/in', 'http://other/in'],
    [undefined, 'http://other/in', 'http://other/in'],
  ])('send to %s and %s at %s', (base, whole, url) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole };
    expect(optionsFor(env)?.url).toBe(url);
  });

  it('name the service, and say what else is known of it', () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector';
    const attributes = 'service.name=x,deployment.environment=a%20b';
    expect(optionsFor({ OTEL_EXPORTER_OTLP_ENDPOINT })?.resource['service.name']).toBe('ingest');
    const some = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: attributes };
    expect(optionsFor(some)?.resource).toEqual({
      'service.namespace': 'runnel',
      'service.name': 'x',
      'deployment.environment': 'a b',
    });
    expect(optionsFor({ ...some, OTEL_SERVICE_NAME: 'y' })?.resource['service.name']).toBe('y');
  });
});
