export { type Deletion, EventLog, type NewEvent, type StoredId } from './event-log.js';
export type { Follower, FollowHandlers, LogWindow } from './follower.js';
export { type PublishAnswer, PublishIntake, type PublishMessage } from './publish-intake.js';
export type { AckOutcome, EventLogObserver } from './publisher.js';
export type { ShardSettings } from './shards.js';
export type { StoredEvent } from './stored-event.js';
