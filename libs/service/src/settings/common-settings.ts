import { type SettingsOf } from './define-settings.js';
import { listenHost, natsServers, publicUrl, trustedProxies, webOrigins } from './network-schemas.js';
import { setting } from './setting.js';
import { oneOf, plainText, wholeNumber } from './text-schemas.js';

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
    ...natsSettings,
    ...operationSettings,
  };
}

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

export type CommonSettings = SettingsOf<ReturnType<typeof commonSettings>>;
