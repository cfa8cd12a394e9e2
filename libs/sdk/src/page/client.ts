export { ConnectError, RunnelError, StreamClosedError } from '../errors.js';
export type { Gap, StreamEvent } from '../subscribe/stream-event.js';
export type { SubscriptionState } from '../subscribe/subscribe-options.js';
export { type ClientOptions, type ClientState, type Subscription, subscribe } from './subscribe.js';
