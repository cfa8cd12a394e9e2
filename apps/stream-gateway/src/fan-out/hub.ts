import {
  eventCursor,
  type HistoryLimits,
  historyOf,
  type KeptStream,
  oldestTime,
  REPLAY_EVENTS,
  type StreamKind,
} from '#libs/contracts';
import type { EventLog, Follower, LogWindow, StoredEvent } from '#libs/event-log';
import { encodeEvent, type HeartbeatWheel, type LogEntry } from '#libs/sse';
import type { TraceRecorder } from '#libs/tracing';
import { heartbeatOf } from './connection.js';
import { traceDelivery } from './delivery-span.js';
import { eventFault } from './event-check.js';
import type { FanOutMetrics } from './fan-out-metrics.js';
import { Lane, type LaneKind } from './lane.js';
import { aheadOf, behindOf, gapFrame, type HistoryView, place } from './placement.js';
import { readOn } from './read-on.js';
import { Session, type SessionOptions } from './session.js';
import type { Tap } from './tap.js';

export interface HubParts {
  readonly eventLog: EventLog;
  readonly wheel: HeartbeatWheel;
  readonly metrics: FanOutMetrics;
  /** Bytes of live events that may wait for one client before it is cut. */
  readonly maxWaitingBytes: number;
  /** Hears of what nobody foresaw, which has cost a subscriber its connection. Must not throw. */
  readonly onTrouble: (error: unknown) => void;
  /** Where traces are recorded. */
  readonly recorder?: TraceRecorder | undefined;
}

/** What a subscriber brings; the hub adds the heartbeat and takes care of leaving. */
export type JoinOptions = Omit<SessionOptions, 'heartbeat' | 'onLeave'>;

const MAIN = { framing: 'chunked', channels: undefined } as const;

/**
 * One stream that somebody watches on this gateway: one follower of its log, each event encoded once, the same
 * bytes for every subscriber.
 *
 * Invariant: each session sees one contiguous run of the stream's events in sequence order, or is told
 * `runnel.gap` (ARCHITECTURE.md, invariant 1).
 */
export class Hub implements HistoryView {
  epoch = '';
  lastSeq = 0;
  wholeFrom = 0;
  complete = false;
  private loaded = false;
  private limits: HistoryLimits;
  private readonly follower: Follower;
  private readonly sessions = new Set<Session>();
  private readonly waiting = new Set<Session>();
  private readonly taps = new Set<Tap>();
  private readonly main: Lane<Session>;
  /** Lanes beside the main one, only while they have sessions. */
  private readonly lanes = new Map<string, Lane<Session>>();

  constructor(
    readonly ref: KeptStream,
    private readonly kind: StreamKind,
    private readonly parts: HubParts,
    private readonly onResize: (size: number) => void,
  ) {
    this.limits = historyOf(ref);
    this.main = this.newLane(MAIN);
    this.follower = parts.eventLog.follow(ref, {
      onWindow: (window) => this.begin(window),
      onEvent: (event) => this.deliver(event),
    });
  }

  /** Subscribers of the stream, those that get it among others on one connection included. */
  get size(): number {
    return this.sessions.size + this.taps.size;
  }

  /** Connections to this stream alone. */
  get connections(): number {
    return this.sessions.size;
  }

  /** The kept history, oldest first: what is replayed at most. */
  get entries(): readonly LogEntry[] {
    return this.main.log.entries;
  }

  /**
   * Adds a subscriber whose response head has been sent. It gets its history as soon as that is known, which is at
   * once for all but the first; while NATS is away it waits, kept alive by heartbeats.
   */
  join(options: JoinOptions): Session {
    const session = new Session({
      ...options,
      heartbeat: heartbeatOf(this.kind, options.outlet.framing),
      onLeave: this.left,
    });
    session.beatOn(this.parts.wheel);
    this.sessions.add(session);
    this.onResize(this.size);
    if (this.loaded) this.startWhenKnown(session);
    else this.waiting.add(session);
    return session;
  }

  /** Adds somebody who takes the events one by one. Returns what takes them out again; safe to call twice. */
  tap(tap: Tap): () => void {
    this.taps.add(tap);
    this.onResize(this.size);
    if (this.loaded) tap.onWindow(false);
    return () => {
      if (this.taps.delete(tap)) this.onResize(this.size);
    };
  }

  /** Waits until the events that are stored now have been delivered, 2 s at the most. */
  catchUp(): Promise<void> {
    return this.follower.catchUp();
  }

  /** An entry's bytes, as one chunk; see {@link chunkBody}. */
  frameOf(entry: LogEntry): Buffer {
    return this.main.log.frame(entry);
  }

  /** Takes deleted events out of what is replayed. Subscribers that are here keep going. */
  removeEvents(fromSeq: number, toSeq: number): void {
    for (const { log } of [this.main, ...this.lanes.values()]) log.removeEntries(fromSeq, toSeq);
  }

  /** Puts limits in force for whoever comes from now on: what is beyond them is not replayed any more. */
  limit(limits: HistoryLimits): void {
    this.limits = limits;
    this.forgetOld();
  }

  /** The sessions, for a drain that ends them one by one. */
  listSessions(): Session[] {
    return [...this.sessions];
  }

  /** Ends what is left and lets go of the stream. */
  close(): void {
    for (const session of [...this.sessions]) session.end('drain');
    for (const tap of [...this.taps]) tap.onClose();
    this.parts.eventLog.unfollow(this.follower);
  }

  private begin({ epoch, events }: LogWindow): void {
    const missed = this.loaded ? eventCursor(this.epoch, this.lastSeq) : undefined;
    this.epoch = epoch;
    this.lastSeq = events.at(-1)?.seq ?? 0;
    const lanes = [this.main, ...this.lanes.values()];
    for (const lane of lanes) lane.log.dropEntries();
    if (missed !== undefined) this.announceGap(lanes, events, missed);
    this.main.log.reserve(events.reduce((sum, { payload }) => sum + payload.length + 64, 0));
    this.complete = events.length < REPLAY_EVENTS;
    this.wholeFrom = events[0]?.seq ?? this.lastSeq + 1;
    for (const event of events) this.append(event);
    this.loaded = true;
    this.forgetOld();
    for (const lane of lanes) lane.fanOut.wake();
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const session of waiting) this.startWhenKnown(session);
    for (const tap of [...this.taps]) tap.onWindow(missed !== undefined);
  }

  private announceGap(lanes: readonly Lane<Session>[], events: readonly StoredEvent[], missed: string): void {
    const entries = events.map(({ seq, ts }) => ({ key: seq, start: 0, length: 0, tag: undefined, at: ts }));
    const frame = gapFrame({ epoch: this.epoch, entries, lastSeq: this.lastSeq }, missed);
    for (const lane of lanes) lane.announce(frame);
    this.parts.metrics.gaps.inc(this.sessions.size);
  }

  private deliver(event: StoredEvent): void {
    this.lastSeq = event.seq;
    const frame = this.append(event);
    if (frame === undefined) return;
    this.main.fanOut.wake();
    for (const lane of this.lanes.values()) lane.fanOut.wake();
    for (const tap of this.taps) tap.onEvent(event, frame);
    const { deliveries, delay } = this.parts.metrics;
    deliveries.inc(this.size);
    delay.observe(Math.max(0, Date.now() - event.ts) / 1_000);
    if (event.trace !== undefined) traceDelivery(this.parts.recorder, event, this.ref, this.size);
  }

  private append(event: StoredEvent): Buffer | undefined {
    const fault = eventFault(this.kind, event);
    if (fault !== undefined) {
      this.parts.metrics.skipped.inc({ fault });
      return undefined;
    }
    const frame = encodeEvent(eventCursor(this.epoch, event.seq), event.channel, event.payload);
    const label = { key: event.seq, tag: event.channel, at: event.ts };
    const oldest = this.entries[0];
    this.main.append(frame, label);
    for (const lane of this.lanes.values()) lane.append(frame, label);
    if (oldest !== undefined && this.entries[0] !== oldest) this.pushedOut();
    return frame;
  }

  private forgetOld(): void {
    const { entries } = this;
    // Every connect asks, and few streams have a limit of age.
    if (this.limits.maxAgeS === null && entries.length <= this.limits.maxEvents) return;
    const oldest = oldestTime(this.limits);
    const aged = entries.findLastIndex(({ at }) => at < oldest);
    const last = entries[Math.max(aged, entries.length - this.limits.maxEvents - 1)];
    if (last === undefined) return;
    for (const { log } of [this.main, ...this.lanes.values()]) log.removeEntries(0, last.key);
    this.pushedOut();
  }

  private pushedOut(): void {
    this.complete = false;
    this.wholeFrom = this.entries[0]?.key ?? this.lastSeq + 1;
  }

  /** Whoever comes from another gateway may have got what is still on its way to this one. */
  private startWhenKnown(session: Session): void {
    const { cursor } = session.options;
    const ahead = aheadOf(this, cursor);
    if (ahead !== undefined) {
      this.waiting.add(session);
      void this.follower.catchUp(ahead).then(() => {
        if (this.waiting.delete(session)) this.start(session, cursor);
      });
      return;
    }
    this.forgetOld();
    const behind = this.limits.maxEvents > REPLAY_EVENTS ? behindOf(this, cursor) : undefined;
    if (behind === undefined) this.start(session, cursor);
    else void this.readOn(session, behind);
  }

  private async readOn(session: Session, behind: number): Promise<void> {
    try {
      const reached = await readOn(session, behind, {
        kept: this,
        kind: this.kind,
        onward: (after) => this.parts.eventLog.kept.onward({ ...this.ref, history: this.limits }, after),
      });
      if (session.ended) return;
      const ahead = aheadOf(this, reached);
      if (ahead !== undefined) await this.follower.catchUp(ahead);
      if (!session.ended) this.start(session, reached);
    } catch (error) {
      // It comes back and it is tried again, which is counted and logged each time.
      this.parts.onTrouble(error);
      session.end('unreadable');
    }
  }

  private start(session: Session, cursor: string | undefined): void {
    this.forgetOld();
    const { afterSeq, gap } = place(this, { ...session.options, cursor });
    const { gaps, replay } = this.parts.metrics;
    if (gap !== undefined) gaps.inc();
    replay.observe(this.entries.length - 1 - this.entries.findLastIndex(({ key }) => key <= afterSeq));
    session.start(this, this.laneOf(session), afterSeq, gap);
  }

  private laneOf({ laneKind }: Session): Lane<Session> {
    if (laneKind.framing === MAIN.framing && laneKind.channels === undefined) return this.main;
    const key = Lane.keyOf(laneKind);
    let lane = this.lanes.get(key);
    if (lane === undefined) {
      lane = this.newLane(laneKind);
      lane.seedFrom(this.main.log);
      this.lanes.set(key, lane);
    }
    return lane;
  }

  private newLane(kind: LaneKind): Lane<Session> {
    const { maxWaitingBytes, metrics } = this.parts;
    return new Lane(kind, {
      maxWaitingBytes,
      onCut: (session) => {
        metrics.cuts.inc({ cause: 'slow' });
        session.cut();
      },
      onWritten: (bytes) => metrics.bytes.inc(bytes),
    });
  }

  /** One for all sessions. */
  private readonly left = (session: Session): void => {
    this.parts.metrics.ends.inc({ cause: session.endedBy });
    this.sessions.delete(session);
    this.waiting.delete(session);
    const key = Lane.keyOf(session.laneKind);
    if (this.lanes.get(key)?.fanOut.size === 0) this.lanes.delete(key);
    this.onResize(this.size);
  };
}
