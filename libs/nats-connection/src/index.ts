export type { NatsConnection } from '@nats-io/transport-node';
export * from './message-headers.js';
export * from './nats-link.js';
export * from './nats-options.js';
