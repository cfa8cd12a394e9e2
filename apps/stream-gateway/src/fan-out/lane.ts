import { REPLAY_EVENTS } from '#libs/contracts';
import {
  ByteLog,
  chunkBody,
  type EntryLabel,
  FanOut,
  type FanOutOptions,
  type Framing,
  framed,
} from '#libs/sse';
import { passes } from './channel-filter.js';

/** What tells one lane of a stream from another. */
export interface LaneKind {
  readonly framing: Framing;
  /** Channels that pass, or undefined for all events. */
  readonly channels: ReadonlySet<string> | undefined;
}

/**
 * The sessions of a stream that see the same bytes: those with the same framing and channel filter. Almost all
 * are in one lane; a filter costs one more copy of the events that pass it, not a check for each subscriber.
 */
export class Lane<Owner> {
  readonly log = new ByteLog(REPLAY_EVENTS);
  readonly fanOut: FanOut<Owner>;

  constructor(
    private readonly kind: LaneKind,
    options: FanOutOptions<Owner>,
  ) {
    this.fanOut = new FanOut(this.log, options);
  }

  /** The text that two lanes of one stream have in common exactly when they are the same. */
  static keyOf({ framing, channels }: LaneKind): string {
    return JSON.stringify([framing, channels === undefined ? null : [...channels].sort()]);
  }

  /** Adds the entries that another lane of the stream keeps: one that all events pass, in chunks. */
  seedFrom(main: ByteLog): void {
    this.log.reserve(main.head - main.tail);
    for (const entry of main.entries) this.append(chunkBody(main.frame(entry)), entry);
  }

  /** Appends an event, labelled with its sequence, channel and time, if the filter lets it through. Call {@link FanOut.wake} when all that is due is in. */
  append(frame: Buffer, label: EntryLabel): void {
    const { channels, framing } = this.kind;
    if (!passes(channels, label.tag)) return;
    this.log.append(framed(framing, frame), label);
  }

  /** Appends a control event for the sessions that are here now. */
  announce(frame: Buffer): void {
    this.log.append(framed(this.kind.framing, frame));
  }
}
