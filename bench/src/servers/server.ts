import type { StreamAddress } from '../client/subscriber.js';
import type { MeasuredProcess } from '../measure/process-cost.js';

/** A stream of a server under test. */
export interface BenchStream {
  readonly address: StreamAddress;
  /**
   * Hands events to the server the way its users do, in order, in one request where it takes several.
   *
   * @param payloads JSON texts
   * @returns when the server has accepted all of them
   */
  publish(payloads: readonly string[]): Promise<void>;
}

/** A server under test, running. Whoever started it stops it. */
export interface BenchServer {
  readonly name: string;
  /** What is measured: all processes that do its work. */
  readonly processes: readonly MeasuredProcess[];
  /** Connects that it bears at the same time, where that are few. */
  readonly connectsAtOnce?: number;
  /** Opens a stream that replays its last 100 events to whoever connects. */
  openStream(): Promise<BenchStream>;
  stop(): Promise<void>;
}

/** A server that can be started, or why not. */
export interface ServerKind {
  readonly name: ServerName;
  /** Undefined when it can run here; else what a reader of the report should know. */
  unavailable(): string | undefined;
  start(): Promise<BenchServer>;
}

export const SERVER_NAMES = [
  'runnel',
  'nchan',
  'pushpin',
  'better-sse',
  'nest-sse',
  'node-http',
  'c-epoll',
] as const;
export type ServerName = (typeof SERVER_NAMES)[number];
