export type { PublishOptions } from './client/publish.js';
export { RunnelClient } from './client/runnel-client.js';
export type * from './client/views.js';
export { ConnectError, type Refusal, RunnelError, StreamClosedError } from './errors.js';
export type { HttpOptions } from './http/http.js';
export type { Gap, StreamEvent } from './subscribe/stream-event.js';
export { streamEvents, subscribe } from './subscribe/subscribe.js';
export type { StreamOptions, SubscribeOptions, SubscriptionState } from './subscribe/subscribe-options.js';
export * from './workflow/index.js';
