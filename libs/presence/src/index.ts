export { PresenceReporter, type ReporterOptions, type StreamCount } from './presence-reporter.js';
export { SubscriberCounts, type SubscriberCountsOptions } from './subscriber-counts.js';
