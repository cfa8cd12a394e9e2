export type { Connection } from './connection.js';
export { Hubs } from './hubs.js';
export type { StartRequest } from './placement.js';
