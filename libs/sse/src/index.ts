export { ByteLog, type LogEntry } from './byte-log.js';
export { FanOut, type FanOutOptions } from './fan-out.js';
export {
  chunkBody,
  encodeChunk,
  encodeComment,
  encodeEvent,
  encodeFrame,
  type Frame,
  UnsafeFieldError,
} from './frame.js';
export { type Beating, HeartbeatWheel } from './heartbeat.js';
export type { LogReader } from './log-reader.js';
export { EVENT_STREAM_HEADERS, type Framing, framed, type Outlet, openOutlet } from './outlet.js';
