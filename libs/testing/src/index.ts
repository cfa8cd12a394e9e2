export { ClusterProxy } from './compose/cluster-proxy.js';
export { ComposeCluster } from './compose/compose-cluster.js';
export { type ComposeService, readComposeFile } from './compose/compose-file.js';
export { eventually } from './eventually.js';
export { freeze } from './freeze.js';
export { type LinkedNats, startLinkedNats } from './linked-nats.js';
export { NumberListener } from './load/number-listener.js';
export { type NumberEvent, NumberPublisher } from './load/number-publisher.js';
export { NatsClient } from './nats-client.js';
export { inProject } from './project-root.js';
export { withoutSubjects } from './proxy/nats-filter.js';
export { TcpProxy } from './proxy/tcp-proxy.js';
export { RawNatsClient } from './raw-nats-client.js';
export { type AppName, ServiceProcess } from './service-process.js';
export { SseCapture } from './sse-capture.js';
export { Standalone } from './standalone.js';
export {
  type Answer,
  callJson,
  ready,
  SYSTEM_START_MS,
  type System,
  type SystemOptions,
  startSystem,
} from './system.js';
