export { eventually } from './eventually.js';
export { type LinkedNats, startLinkedNats } from './linked-nats.js';
export { NatsClient } from './nats-client.js';
export { RawNatsClient } from './raw-nats-client.js';
export { type AppName, ServiceProcess } from './service-process.js';
export { SseCapture } from './sse-capture.js';
export { Standalone } from './standalone.js';
export { type Answer, callJson, ready, type System, type SystemOptions, startSystem } from './system.js';
