import type { AnyEvents } from '../events/event-map.js';
import type { DefaultSessionState } from '../session/session-options.js';
import { Channel } from './channel.js';
import type { ChannelOptions, DefaultChannelState } from './channel-options.js';

/** A channel to register sessions with and to broadcast on. */
export function createChannel<
  State = DefaultChannelState,
  SessionState = DefaultSessionState,
  Events extends object = AnyEvents,
>(options: ChannelOptions<State> = {}): Channel<State, SessionState, Events> {
  return new Channel<State, SessionState, Events>(options);
}
