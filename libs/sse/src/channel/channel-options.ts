import type { EncodingOptions } from '../events/event-encoder.js';
import type { Session } from '../session/session.js';
import type { DefaultSessionState } from '../session/session-options.js';

/** The state of channels that say nothing about it. Add to it by declaration merging. */
export interface DefaultChannelState {
  [key: string]: unknown;
}

/** Everything may be left out. Events are serialized once, with the channel's serializer, whoever hears them. */
export interface ChannelOptions<State = DefaultChannelState> extends EncodingOptions {
  /** What the program wants to remember with the channel. Default: an empty object. */
  readonly state?: State | undefined;
}

export interface BroadcastOptions<SessionState = DefaultSessionState> {
  /** Default: none, unless the channel's `generateId` makes one. */
  readonly eventId?: string | undefined;
  /** Tells which sessions get the event. If it throws, none does. Default: all. */
  readonly filter?: ((session: Session<SessionState>) => boolean) | undefined;
}

/** What a channel emits, and with which arguments. */
export interface ChannelEvents<SessionState = DefaultSessionState> {
  'session-registered': [session: Session<SessionState>];
  'session-deregistered': [session: Session<SessionState>];
  'session-disconnected': [session: Session<SessionState>];
  broadcast: [data: unknown, eventName: string, eventId: string | undefined];
}
