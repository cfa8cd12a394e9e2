export type { NatsConnection } from '@nats-io/transport-node';
export * from './nats-link.js';
export * from './nats-options.js';
