export * from './channel.js';
export * from './cursor.js';
export * from './ids.js';
export * from './limits.js';
export * from './names.js';
export * from './nats-publish.js';
export * from './problem.js';
export * from './stream.js';
