import type { StoredEvent } from '#libs/event-log';

/** Somebody who takes a stream's events one by one from its hub, to send them in a form of their own. */
export interface Tap {
  /**
   * The hub's history is known.
   *
   * @param anew the log before it could not be joined to it: events are missing between the two
   */
  onWindow(anew: boolean): void;
  /** The next event; its bytes are those of {@link encodeEvent}, shared and not to be changed. */
  onEvent(event: StoredEvent, frame: Buffer): void;
  /** The hub closes. */
  onClose(): void;
}
