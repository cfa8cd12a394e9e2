export { Hubs } from './hubs.js';
export type { StartRequest } from './placement.js';
export type { Session } from './session.js';
