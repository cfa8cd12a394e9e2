import {
  eventCursor,
  type HistoryLimits,
  historyOf,
  type KeptStream,
  type StreamKind,
} from '#libs/contracts';
import type { EventLog, Follower, LogWindow, StoredEvent } from '#libs/event-log';
import type { HeartbeatWheel, LogEntry } from '#libs/sse';
import type { TraceRecorder } from '#libs/tracing';
import { Arrivals } from './arrivals.js';
import { heartbeatOf } from './connection.js';
import { traceDelivery } from './delivery-span.js';
import { eventFault } from './event-check.js';
import { countEnd, type FanOutMetrics } from './fan-out-metrics.js';
import { KeptHistory } from './kept-history.js';
import { Lanes } from './lanes.js';
import { gapFrame, type HistoryView } from './placement.js';
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

/**
 * One stream that somebody watches on this gateway: one follower of its log, each event encoded once, the same
 * bytes for every subscriber. Its events go into {@link Lanes}; {@link Arrivals} finds each subscriber's place.
 *
 * Invariant: each session sees one contiguous run of the stream's events in sequence order, or is told
 * `runnel.gap` (ARCHITECTURE.md, invariant 1).
 */
export class Hub {
  private readonly kept: KeptHistory;
  private readonly lanes: Lanes;
  private readonly arrivals: Arrivals;
  private readonly follower: Follower;
  private readonly sessions = new Set<Session>();
  private readonly taps = new Set<Tap>();

  constructor(
    readonly ref: KeptStream,
    private readonly kind: StreamKind,
    private readonly parts: HubParts,
    private readonly onResize: (size: number) => void,
  ) {
    const { eventLog, metrics, maxWaitingBytes, onTrouble } = parts;
    this.lanes = new Lanes({
      maxWaitingBytes,
      onCut: (session) => session.cut('slow'),
      onWritten: (bytes) => metrics.bytes.inc(bytes),
    });
    this.kept = new KeptHistory(this.lanes, historyOf(ref));
    this.arrivals = new Arrivals({
      ref,
      kind,
      history: this.kept,
      lanes: this.lanes,
      eventLog,
      metrics,
      catchUp: (seq) => this.follower.catchUp(seq),
      onTrouble,
    });
    this.follower = eventLog.follow(ref, {
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

  /** The kept history: what is replayed at most. */
  get history(): HistoryView {
    return this.kept;
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
    this.arrivals.add(session);
    return session;
  }

  /** Adds somebody who takes the events one by one. Returns what takes them out again; safe to call twice. */
  tap(tap: Tap): () => void {
    this.taps.add(tap);
    this.onResize(this.size);
    if (this.arrivals.open) tap.onWindow(false);
    return () => {
      if (this.taps.delete(tap)) this.onResize(this.size);
    };
  }

  /** Waits until the events that are stored now have been delivered, 2 s at the most. */
  catchUp(): Promise<void> {
    return this.follower.catchUp();
  }

  /** The bytes of an entry of {@link history}, as one chunk; see {@link chunkBody}. */
  frameOf(entry: LogEntry): Buffer {
    return this.lanes.frameOf(entry);
  }

  /** Takes deleted events out of what is replayed. Subscribers that are here keep going. */
  removeEvents(fromSeq: number, toSeq: number): void {
    this.lanes.removeEntries(fromSeq, toSeq);
  }

  /** Puts limits in force for whoever comes from now on: what is beyond them is not replayed any more. */
  limit(limits: HistoryLimits): void {
    this.kept.limit(limits);
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

  private begin(window: LogWindow): void {
    const { kept, lanes } = this;
    const missed = this.arrivals.open ? eventCursor(kept.epoch, kept.lastSeq) : undefined;
    lanes.dropEntries();
    if (missed !== undefined) this.announceGap(window, missed);
    kept.begin(window);
    for (const event of window.events) this.append(event);
    kept.forgetOld();
    lanes.wake();
    this.arrivals.start();
    for (const tap of [...this.taps]) tap.onWindow(missed !== undefined);
  }

  private announceGap({ epoch, events }: LogWindow, missed: string): void {
    const entries = events.map(({ seq, ts }) => ({ key: seq, start: 0, length: 0, tag: undefined, at: ts }));
    this.lanes.announce(gapFrame({ epoch, entries, lastSeq: events.at(-1)?.seq ?? 0 }, missed));
    this.parts.metrics.gaps.inc(this.sessions.size);
  }

  private deliver(event: StoredEvent): void {
    this.kept.lastSeq = event.seq;
    const frame = this.append(event);
    if (frame === undefined) return;
    this.lanes.wake();
    for (const tap of this.taps) tap.onEvent(event, frame);
    const { deliveries, delay } = this.parts.metrics;
    deliveries.inc(this.size);
    delay.observe(Math.max(0, Date.now() - event.ts) / 1_000);
    if (event.trace !== undefined) traceDelivery(this.parts.recorder, event, this.ref, this.size);
  }

  private append(event: StoredEvent): Buffer | undefined {
    const fault = eventFault(this.kind, event);
    if (fault === undefined) return this.kept.append(event);
    this.parts.metrics.skipped.inc({ fault });
    return undefined;
  }

  /** One for all sessions. */
  private readonly left = (session: Session): void => {
    countEnd(this.parts.metrics, session);
    this.sessions.delete(session);
    this.arrivals.remove(session);
    this.lanes.closeIfEmpty(session);
    this.onResize(this.size);
  };
}
