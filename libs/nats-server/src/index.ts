export { freePorts } from './cluster/free-ports.js';
export {
  type NatsCluster,
  type StartNatsClusterOptions,
  startNatsCluster,
} from './cluster/start-nats-cluster.js';
export * from './errors.js';
export { type FindNatsServerOptions, findNatsServer } from './find/find-nats-server.js';
export type { FetchProgress, FoundNatsServer, NatsServerOrigin } from './find/step.js';
export { MINIMUM_VERSION } from './find/version.js';
export {
  accountEntries,
  type NatsAccounts,
  type NatsServiceLogin,
  PUBLISHERS_ACCOUNT,
} from './run/accounts.js';
export type { NatsClusterSettings } from './run/config-file.js';
export type { NatsCredentials } from './run/credentials.js';
export type { NatsServerExit } from './run/nats-process.js';
export type { NatsServer, StartNatsServerOptions, UnexpectedExit } from './run/options.js';
export { startNatsServer } from './run/start-nats-server.js';
