export type { Connection, ConnectionOptions } from './connection.js';
export { Hubs } from './hubs.js';
export type { StartRequest } from './placement.js';
