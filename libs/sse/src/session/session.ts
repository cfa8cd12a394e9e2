import { EventEmitter } from 'node:events';
import { SseError } from '../errors.js';
import { EventBuffer } from '../events/event-buffer.js';
import { EventEncoder } from '../events/event-encoder.js';
import type { AnyEvents, EventName, MessageData } from '../events/event-map.js';
import { type ChunkSource, pour, pourChunks, type Source } from '../events/pour.js';
import { SharedFrame } from '../events/shared-frame.js';
import { encodeComment, encodeFrame } from '../frame.js';
import { framed } from '../outlet.js';
import { clientHints } from './client-hints.js';
import type { ClosedBy, Connection } from './connection.js';
import { keepAlive } from './keep-alive.js';
import { Line } from './line.js';
import {
  type DefaultSessionState,
  type SessionBehaviour,
  type SessionSettings,
  settingsOf,
} from './session-options.js';

/** Why a session is over: the client or the network, this program, or a client that read too slowly. */
export type DisconnectReason = ClosedBy | 'slow';

/** What a session emits, and with which arguments. */
export interface SessionEvents {
  connected: [];
  disconnected: [reason: DisconnectReason];
  push: [data: unknown, eventName: string, eventId: string | undefined];
}

/** Comments that clients ignore and proxies do not. */
const HEARTBEAT = new SharedFrame(encodeComment(''));

/**
 * One open connection to one client.
 *
 * Nothing here throws because the client is gone, at whatever moment that happens: what is sent to a session that is
 * over is dropped, and `push` returns false. Errors are mistakes of the program: see {@link SseError}.
 */
export class Session<
  State = DefaultSessionState,
  Events extends object = AnyEvents,
> extends EventEmitter<SessionEvents> {
  /** What the program wants to remember with the session. */
  state: State;
  private line_: Line | undefined;
  private reason: DisconnectReason | undefined;
  private abort: AbortController | undefined;
  private stopBeating: (() => void) | undefined;
  private readonly settings: SessionSettings;
  private readonly encoder: EventEncoder;
  private readonly firstId: string;
  private readonly forgetConnection: () => void;

  /**
   * Connects in the next turn of the event loop: listen for `connected`, or use `createSession` for Node's requests
   * and `createResponse` for those of the Fetch API.
   */
  constructor(connection: Connection, options: SessionBehaviour<State> = {}) {
    super();
    // A session may be in any number of channels, each of which listens to it.
    this.setMaxListeners(0);
    this.settings = settingsOf(options);
    this.encoder = new EventEncoder(options);
    this.state = options.state ?? ({} as State);
    const { lastEventId, padding } = clientHints(connection);
    this.firstId = this.settings.trustClientEventId ? lastEventId : '';
    this.forgetConnection = connection.onClose((by) => this.finish(by));
    setImmediate(() => this.connect(connection, padding));
  }

  /** Whether events can be pushed. */
  get isConnected(): boolean {
    return this.line_ !== undefined && this.reason === undefined;
  }

  /** The id of the event that was sent last, or else the one that the client came with, or the empty string. */
  get lastId(): string {
    return this.line_?.lastId ?? this.firstId;
  }

  /** Bytes that wait in this process for the client to read. */
  get pendingBytes(): number {
    return this.line_?.pendingBytes ?? 0;
  }

  /** Aborted when the session is over: for `fetch`, timers and whatever else works for this client alone. */
  get signal(): AbortSignal {
    this.abort ??= new AbortController();
    if (this.reason !== undefined) this.abort.abort();
    return this.abort.signal;
  }

  /**
   * Sends an event. It is on its way behind everything that was pushed or broadcast to this session before.
   *
   * @param eventName left out, the event is heard by `onmessage`
   * @param eventId left out, the event has no id, unless `generateId` makes one
   * @returns whether more may be sent now. False means that the client does not keep up (wait for
   *   {@link Session.drained}) or that the session is over.
   * @throws UnsafeFieldError for a name or id with a line end or NUL, SseError for data without text, and
   *   SseError `not-connected` before the session is connected
   */
  push<Name extends EventName<Events>>(
    data: Events[Name],
    eventName: Name | undefined,
    eventId?: string,
  ): boolean;
  push(data: MessageData<Events>, eventName?: undefined, eventId?: string): boolean;
  push(data: unknown, eventName?: string, eventId?: string): boolean {
    return this.send(data, eventName, eventId);
  }

  /** Resolves when the client has room again: with true at once if it has, with false when the session is over. */
  async drained(): Promise<boolean> {
    return (await this.openLine()?.drained()) ?? false;
  }

  /**
   * Sends what is in a buffer, or what a callback puts into one, together. If the callback fails nothing is sent.
   *
   * @returns true when the client has taken it as far as it must (see {@link Session.drained}), false when the
   *   session was over before
   */
  async batch(
    batcher: EventBuffer<Events> | ((buffer: EventBuffer<Events>) => void | Promise<void>),
  ): Promise<boolean> {
    if (this.openLine() === undefined) return false;
    const buffer = typeof batcher === 'function' ? new EventBuffer<Events>(this.encoder.options) : batcher;
    if (typeof batcher === 'function') await batcher(buffer);
    if (buffer.read() !== '') this.line_?.send(buffer.toFrame(), buffer.lastId);
    return this.drained();
  }

  /**
   * Sends an event for each chunk of a Node or web stream, named `stream` unless told, as fast as the client reads.
   *
   * @returns true at the stream's end, false when the session was over before: the stream is destroyed then
   */
  stream(stream: ChunkSource, { eventName = 'stream' }: { eventName?: string } = {}): Promise<boolean> {
    return pourChunks(stream, (chunk) => this.sendWhenRoom(chunk, eventName), this.signal);
  }

  /**
   * Sends an event for each value of an iterable, named `iteration` unless told, as fast as the client reads.
   *
   * @returns true at the iterable's end, false when the session was over before: a generator is told to return then
   */
  iterate(iterable: Source, { eventName = 'iteration' }: { eventName?: string } = {}): Promise<boolean> {
    return pour(iterable, (value) => this.sendWhenRoom(value, eventName), this.signal);
  }

  /** Ends the session and its response, behind everything that was sent. Clients come back unless they are told not to. */
  end(): void {
    if (this.reason !== undefined) return;
    const line = this.openLine();
    this.finish('ended', () => line?.end());
  }

  /** Writes a heartbeat; called by the wheel that keeps connections alive. */
  beat(): void {
    if (this.line_ !== undefined) this.line_.beat(HEARTBEAT.as(this.line_.framing));
  }

  /**
   * The way to the client, for channels; undefined when the session is over.
   *
   * @internal
   * @throws SseError `not-connected` when the session is yet to connect
   */
  openLine(): Line | undefined {
    if (this.reason !== undefined) return undefined;
    if (this.line_ !== undefined) return this.line_;
    throw new SseError('not-connected', 'The session has not connected yet.');
  }

  private connect(connection: Connection, padding: Buffer | undefined): void {
    if (this.reason !== undefined) return;
    const opened = connection.open();
    if (typeof opened === 'string') {
      this.finish(opened);
      return;
    }
    const { retry, keepAlive: keepAliveMs, maxPendingBytes } = this.settings;
    const onSlow = () => this.finish('slow', () => this.line_?.destroy());
    this.line_ = new Line(opened, { maxPendingBytes, onSlow }, this.firstId);
    // Something has to come at once, or some browsers and proxies do not show the stream as open.
    const first = retry === null ? HEARTBEAT.plain : encodeFrame({ retry });
    this.line_.write(framed(opened.framing, padding === undefined ? first : Buffer.concat([padding, first])));
    if (keepAliveMs !== null) this.stopBeating = keepAlive(this, keepAliveMs);
    this.emit('connected');
  }

  private send(data: unknown, eventName: string | undefined, eventId?: string): boolean {
    const line = this.openLine();
    if (line === undefined) return false;
    const id = this.encoder.idOf(eventId);
    const text = this.encoder.encode(data, eventName, id);
    const room = line.send(new SharedFrame(Buffer.from(text)), id);
    this.emit('push', data, eventName ?? 'message', id);
    return room;
  }

  private sendWhenRoom(data: unknown, eventName: string): boolean | Promise<boolean> {
    return this.send(data, eventName) || this.drained();
  }

  private finish(reason: DisconnectReason, closeLine = () => this.line_?.close()): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.forgetConnection();
    this.stopBeating?.();
    closeLine();
    // Later, so that nobody's listener runs inside a push or a broadcast, and so that whoever waits for a session
    // which was over before it connected has the time to listen.
    setImmediate(() => {
      this.abort?.abort();
      this.emit('disconnected', reason);
    });
  }
}
