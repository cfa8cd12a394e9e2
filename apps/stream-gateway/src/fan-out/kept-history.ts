import { eventCursor, type HistoryLimits, oldestTime, REPLAY_EVENTS } from '#libs/contracts';
import type { LogWindow, StoredEvent } from '#libs/event-log';
import { encodeEvent, type LogEntry } from '#libs/sse';
import type { Lanes } from './lanes.js';
import type { HistoryView } from './placement.js';

/** What a hub keeps of its stream: the newest events, encoded in its lanes, and how much of the stream they are. */
export class KeptHistory implements HistoryView {
  epoch = '';
  lastSeq = 0;
  wholeFrom = 0;
  complete = false;

  /** @param limits what the stream's owner wants to be kept */
  constructor(
    private readonly lanes: Lanes,
    private limits: HistoryLimits,
  ) {}

  get entries(): readonly LogEntry[] {
    return this.lanes.entries;
  }

  /** The most events that are kept of the stream, here and in NATS. */
  get ownersLimits(): HistoryLimits {
    return this.limits;
  }

  /** Begins anew with a window of the log, whose events are to be appended next. */
  begin({ epoch, events }: LogWindow): void {
    this.epoch = epoch;
    this.lastSeq = events.at(-1)?.seq ?? 0;
    this.lanes.reserve(events.reduce((sum, { payload }) => sum + payload.length + 64, 0));
    this.complete = events.length < REPLAY_EVENTS;
    this.wholeFrom = events[0]?.seq ?? this.lastSeq + 1;
  }

  /** Appends an event and returns its bytes, which are shared and not to be changed. */
  append({ seq, channel, payload, ts }: StoredEvent): Buffer {
    const frame = encodeEvent(eventCursor(this.epoch, seq), channel, payload);
    const oldest = this.entries[0];
    this.lanes.append(frame, { key: seq, tag: channel, at: ts });
    if (oldest !== undefined && this.entries[0] !== oldest) this.pushedOut();
    return frame;
  }

  /** Puts limits in force for whoever comes from now on: what is beyond them is not replayed any more. */
  limit(limits: HistoryLimits): void {
    this.limits = limits;
    this.forgetOld();
  }

  /** Forgets what has grown too old meanwhile, or is too much. */
  forgetOld(): void {
    const { entries } = this;
    // Every connect asks, and few streams have a limit of age.
    if (this.limits.maxAgeS === null && entries.length <= this.limits.maxEvents) return;
    const oldest = oldestTime(this.limits);
    const aged = entries.findLastIndex(({ at }) => at < oldest);
    const last = entries[Math.max(aged, entries.length - this.limits.maxEvents - 1)];
    if (last === undefined) return;
    this.lanes.removeEntries(0, last.key);
    this.pushedOut();
  }

  private pushedOut(): void {
    this.complete = false;
    this.wholeFrom = this.entries[0]?.key ?? this.lastSeq + 1;
  }
}
