import { dataLines, safeRetry, safeText } from '../frame.js';
import { type EncodingOptions, EventEncoder } from './event-encoder.js';
import type { AnyEvents, EventName, MessageData } from './event-map.js';
import { type ChunkSource, pour, pourChunks, type Source } from './pour.js';
import { SharedFrame } from './shared-frame.js';

export type EventBufferOptions = EncodingOptions;

/**
 * Events that are gathered as text and go out together: with `session.batch`, or by `read()`.
 *
 * Its text is always what clients understand: a field that would forge another is refused, data of several lines
 * becomes several `data` lines.
 */
export class EventBuffer<Events extends object = AnyEvents> {
  private text = '';
  private openEvent = false;
  private id_: string | undefined;
  private shared: SharedFrame | undefined;
  private readonly encoder: EventEncoder;

  constructor(options: EventBufferOptions = {}) {
    this.encoder = new EventEncoder(options);
  }

  /** The last id that was written, or undefined. */
  get lastId(): string | undefined {
    return this.id_;
  }

  /** Names the event. */
  event(type: string): this {
    return this.write(`event: ${safeText('event', type)}\n`);
  }

  /** Adds data: one more line, or several, of the same event. It is serialized. */
  data(data: unknown): this {
    return this.write(dataLines(this.encoder.serialize(data)));
  }

  /** Sets the client's last event id; without an argument clears it. */
  id(id = ''): this {
    this.write(`id: ${safeText('id', id)}\n`);
    this.id_ = id;
    return this;
  }

  /** Milliseconds that the client waits before it reconnects. */
  retry(time: number): this {
    return this.write(`retry: ${safeRetry(time)}\n`);
  }

  /** Adds a line that clients ignore. */
  comment(text = ''): this {
    return this.write(`:${safeText('comment', text)}\n`);
  }

  /** Ends the event. */
  dispatch(): this {
    this.write('\n');
    this.openEvent = false;
    return this;
  }

  /** Adds a whole event, as `session.push` does. */
  push<Name extends EventName<Events>>(
    data: Events[Name],
    eventName: Name | undefined,
    eventId?: string,
  ): this;
  push(data: MessageData<Events>, eventName?: undefined, eventId?: string): this;
  push(data: unknown, eventName?: string, eventId?: string): this {
    this.append(data, eventName, eventId);
    return this;
  }

  /** Adds an event for each chunk of a stream, named `stream` unless told. Resolves with true at its end. */
  stream(stream: ChunkSource, { eventName = 'stream' }: { eventName?: string } = {}): Promise<boolean> {
    return pourChunks(stream, (chunk) => this.append(chunk, eventName));
  }

  /** Adds an event for each value of an iterable, named `iteration` unless told. */
  async iterate(iterable: Source, { eventName = 'iteration' }: { eventName?: string } = {}): Promise<void> {
    await pour(iterable, (value) => this.append(value, eventName));
  }

  /** Takes everything out. What was sent stays sent. */
  clear(): this {
    this.text = '';
    this.openEvent = false;
    this.id_ = undefined;
    this.shared = undefined;
    return this;
  }

  /** The text so far. */
  read(): string {
    return this.text;
  }

  /**
   * The bytes so far, made once however many sessions they are for. An event that was not dispatched is ended, so
   * that nothing which another part of the program sends can become part of it.
   *
   * @internal
   */
  toFrame(): SharedFrame {
    this.shared ??= new SharedFrame(Buffer.from(this.openEvent ? `${this.text}\n` : this.text));
    return this.shared;
  }

  private append(data: unknown, eventName: string | undefined, eventId?: string): true {
    const id = this.encoder.idOf(eventId);
    const text = this.encoder.encode(data, eventName, id);
    if (this.openEvent) this.dispatch();
    this.write(text);
    this.openEvent = false;
    if (id !== undefined) this.id_ = id;
    return true;
  }

  private write(text: string): this {
    this.text += text;
    this.openEvent = true;
    this.shared = undefined;
    return this;
  }
}

/** A buffer to fill now and send to one or many sessions later. */
export function createEventBuffer<Events extends object = AnyEvents>(
  options: EventBufferOptions = {},
): EventBuffer<Events> {
  return new EventBuffer<Events>(options);
}
