import { availableParallelism } from 'node:os';
import { commonSettings, defineSettings, setting, wholeNumber } from '#libs/service';

const KIB = 1024;
const MIB = 1024 * KIB;
const DAY_S = 86_400;
const MAX_WORKERS = 64;

/** The settings of stream-gateway (docs/configuration.md). */
export const gatewaySettings = defineSettings({
  ...commonSettings({ port: 3000 }),
  workers: setting({
    env: 'RUNNEL_WORKERS',
    schema: wholeNumber(0, MAX_WORKERS)
      .transform((count) => count || Math.min(MAX_WORKERS, availableParallelism()))
      .describe(`whole number, 0 to ${MAX_WORKERS}`),
    default: 1,
    doc: 'Processes that serve subscribers, so that one gateway uses as many cores. 0: one for each core. Each follows a stream for itself, and takes memory of its own.',
  }),
  maxWaitingBytes: setting({
    env: 'RUNNEL_MAX_WAITING_BYTES',
    schema: wholeNumber(64 * KIB, 256 * MIB),
    default: MIB,
    unit: 'bytes',
    doc: 'Bytes of live events that may wait for a subscriber that does not read, before it is cut. It resumes by its cursor.',
  }),
  maxConnectionLifeS: setting({
    env: 'RUNNEL_MAX_CONNECTION_LIFE_S',
    schema: wholeNumber(0, 7 * DAY_S),
    default: 3_600,
    unit: 's',
    doc: 'Life of a subscriber connection. Each ends after a random 80 to 100 % of it. 0: no limit.',
  }),
  subscribePatienceMs: setting({
    env: 'RUNNEL_SUBSCRIBE_PATIENCE_MS',
    schema: wholeNumber(0, 60_000),
    default: 8_000,
    unit: 'ms',
    doc: 'How long a subscriber is held without an answer while auth or NATS cannot be reached, before it is answered 503, after which browsers give up.',
  }),
  maxConnectionsPerKey: setting({
    env: 'RUNNEL_MAX_CONNECTIONS_PER_KEY',
    schema: wholeNumber(0, 10_000_000),
    default: 100_000,
    doc: 'Subscriber connections of each key, its tickets included, on one gateway: above it, 429. 0: no limit.',
  }),
  maxConnectionsPerAddress: setting({
    env: 'RUNNEL_MAX_CONNECTIONS_PER_ADDRESS',
    schema: wholeNumber(0, 10_000_000),
    default: 100_000,
    doc: 'Subscriber connections of each address on one gateway: above it, 429. 0: no limit.',
  }),
});

export type GatewaySettings = ReturnType<typeof gatewaySettings.parse>;
