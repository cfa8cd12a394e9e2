import { SseError } from '../errors.js';
import { frameText, safeText } from '../frame.js';

/** How events become text; the same for sessions, channels and event buffers. */
export interface EncodingOptions {
  /** Makes text of an event's data. Default: `JSON.stringify`, so strings arrive quoted. */
  readonly serializer?: ((data: unknown) => string) | undefined;
  /**
   * Makes an id for each event that is pushed without one: `generateId: randomUUID` does what better-sse does.
   * Default: such events carry no id, because a client that comes back with an id which nobody can look up has lost
   * its place.
   */
  readonly generateId?: (() => string) | undefined;
}

/** Makes event-stream text of what applications push. */
export class EventEncoder {
  constructor(readonly options: EncodingOptions = {}) {}

  /** The id that an event gets: its own, else a generated one if that was asked for. */
  idOf(given: string | undefined): string | undefined {
    return given ?? this.options.generateId?.();
  }

  /** @throws UnsafeFieldError for a name or id with a line end or NUL */
  check(event: string | undefined, id: string | undefined): void {
    if (event !== undefined) safeText('event', event);
    if (id !== undefined) safeText('id', id);
  }

  /**
   * The text of one event.
   *
   * @throws UnsafeFieldError for a name or id with a line end or NUL
   */
  encode(data: unknown, event: string | undefined, id: string | undefined): string {
    return frameText({ id, event, data: this.serialize(data) });
  }

  /** @throws SseError `not-serializable`, whatever the serializer did */
  serialize(data: unknown): string {
    const { serializer = JSON.stringify } = this.options;
    let text: unknown;
    try {
      text = serializer(data);
    } catch (cause) {
      throw new SseError('not-serializable', 'The data of an event cannot be serialized.', { cause });
    }
    if (typeof text === 'string') return text;
    throw new SseError('not-serializable', 'The serializer gave no text for the data of an event.');
  }
}
