export { ByteLog, type EntryLabel, type LogEntry } from './byte-log.js';
export { Channel } from './channel/channel.js';
export type {
  BroadcastOptions,
  ChannelEvents,
  ChannelOptions,
  DefaultChannelState,
} from './channel/channel-options.js';
export { createChannel } from './channel/create-channel.js';
export { SseError, type SseErrorCode, UnsafeFieldError } from './errors.js';
export { createEventBuffer, EventBuffer, type EventBufferOptions } from './events/event-buffer.js';
export type { AnyEvents } from './events/event-map.js';
export { FanOut, type FanOutOptions } from './fan-out.js';
export { chunkBody, encodeChunk, encodeComment, encodeEvent, encodeFrame, type Frame } from './frame.js';
export { type Beating, HeartbeatWheel } from './heartbeat.js';
export type { LogReader } from './log-reader.js';
export {
  type ClientOutlet,
  EVENT_STREAM_HEADERS,
  type Framing,
  framed,
  type Outlet,
  openOutlet,
} from './outlet.js';
export type { ClosedBy, Connection } from './session/connection.js';
export { type CreateResponseCallback, createResponse } from './session/create-response.js';
export { createSession } from './session/create-session.js';
export type { NodeRequest, NodeResponse } from './session/node-connection.js';
export { type DisconnectReason, Session, type SessionEvents } from './session/session.js';
export type { DefaultSessionState, SessionBehaviour, SessionOptions } from './session/session-options.js';
