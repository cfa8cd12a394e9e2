import { type SettingsOf } from './define-settings.js';
import { listenHost, natsServers, publicUrl, trustedProxies, webOrigins } from './network-schemas.js';
import { setting } from './setting.js';
import { oneOf, plainText, wholeNumber } from './text-schemas.js';
import { traceSettings } from './trace-settings.js';

/**
 * The settings that every service has, to spread into its own: `defineSettings({ ...commonSettings({ port: 3001 }), … })`.
 *
 * @param defaults.port differs from service to service, so that all of them start on one machine
 */
export function commonSettings(defaults: { readonly port: number }) {
  return {
    host: setting({
      env: 'HOST',
      schema: listenHost(),
      default: '127.0.0.1',
      doc: 'Address to listen on. 0.0.0.0 answers on every IPv4 interface.',
    }),
    port: setting({
      env: 'PORT',
      schema: wholeNumber(0, 65_535),
      default: defaults.port,
      doc: 'TCP port to listen on. 0 takes a free one.',
    }),
    publicUrl: setting({
      env: 'RUNNEL_PUBLIC_URL',
      schema: publicUrl(),
      doc: 'Address under which users reach Runnel; printed in sse_url and endpoint.',
    }),
    ...adminSettings,
    ...natsSettings,
    ...operationSettings,
    ...limitSettings,
    ...traceSettings,
  };
}

const adminSettings = {
  adminPort: setting({
    env: 'RUNNEL_ADMIN_PORT',
    schema: wholeNumber(0, 65_535),
    doc: 'TCP port for /metrics and /docs, which are not found on PORT then; /healthz and /readyz are on both. 0 takes a free one. Unset: everything is on PORT.',
  }),
  adminHost: setting({
    env: 'RUNNEL_ADMIN_HOST',
    schema: listenHost(),
    default: '127.0.0.1',
    doc: 'Address that RUNNEL_ADMIN_PORT is opened on. In a container it takes 0.0.0.0 for a scraper outside of it.',
  }),
};

const natsSettings = {
  natsUrl: setting({
    env: 'NATS_URL',
    schema: natsServers(),
    default: 'nats://127.0.0.1:4222',
    doc: 'NATS servers; all of them are tried.',
  }),
  natsUser: setting({
    env: 'NATS_USER',
    schema: plainText(),
    doc: 'User with which this service signs in to NATS.',
  }),
  natsPassword: setting({
    env: 'NATS_PASSWORD',
    schema: plainText('text without control characters'),
    secret: true,
    doc: 'Password of that user.',
  }),
  natsReplicas: setting({
    env: 'NATS_REPLICAS',
    schema: oneOf('1', '3', '5').transform(Number).describe('1, 3 or 5'),
    default: 1,
    doc: 'Copies that JetStream keeps of everything stored. More than 1 needs a NATS cluster of as many servers.',
  }),
};

const operationSettings = {
  logLevel: setting({
    env: 'RUNNEL_LOG_LEVEL',
    schema: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
    doc: 'The least severe log lines to write. debug adds one line for each request.',
  }),
  drainMs: setting({
    env: 'RUNNEL_DRAIN_MS',
    schema: wholeNumber(0, 600_000),
    default: 10_000,
    unit: 'ms',
    doc: 'Time over which open connections are ended after SIGTERM.',
  }),
  trustProxy: setting({
    env: 'RUNNEL_TRUST_PROXY',
    schema: trustedProxies(),
    default: [],
    doc: 'Reverse proxies whose X-Forwarded-* headers are believed. Unset: none.',
  }),
  corsOrigins: setting({
    env: 'RUNNEL_CORS_ORIGINS',
    schema: webOrigins(),
    default: [],
    doc: 'Websites whose pages may use the API and private streams with credentials. Unset: none.',
  }),
};

/** What each replica of a service holds callers to (docs/security.md says what counts, and why the defaults are wide). */
const limitSettings = {
  maxFailedCredentials: setting({
    env: 'RUNNEL_MAX_FAILED_CREDENTIALS',
    schema: wholeNumber(0, 1_000_000),
    default: 100,
    unit: 'per minute',
    doc: 'Credentials that are not valid, for each address: above it, 429. 0: no limit.',
  }),
  maxRequestsPerAddress: setting({
    env: 'RUNNEL_MAX_REQUESTS_PER_ADDRESS',
    schema: wholeNumber(0, 1_000_000),
    default: 0,
    unit: 'per second',
    doc: 'Requests of each address, whatever they are for. 0: no limit.',
  }),
  maxRequestsPerKey: setting({
    env: 'RUNNEL_MAX_REQUESTS_PER_KEY',
    schema: wholeNumber(0, 1_000_000),
    default: 0,
    unit: 'per second',
    doc: 'Requests with each key, its tickets included. 0: no limit.',
  }),
};

export type CommonSettings = SettingsOf<ReturnType<typeof commonSettings>>;
