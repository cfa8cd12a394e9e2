import type { Registry } from 'prom-client';
import { HEARTBEAT_MS, historyOf, type KeptStream, type StreamKind, type StreamRef } from '#libs/contracts';
import type { EventLog } from '#libs/event-log';
import { HeartbeatWheel } from '#libs/sse';
import type { TraceRecorder } from '#libs/tracing';
import { type Connection, heartbeatOf } from './connection.js';
import { countEnd, fanOutMetrics } from './fan-out-metrics.js';
import { Hub, type HubParts } from './hub.js';
import { type MergedOptions, MergedSession } from './merged-session.js';

/** Milliseconds for which a stream stays warm after its last subscriber: most of them come back. */
const LINGER_MS = 30_000;

export interface HubsOptions {
  readonly eventLog: EventLog;
  readonly registry: Registry;
  readonly maxWaitingBytes: number;
  /** Hears of what nobody foresaw, which has cost a subscriber its connection. Must not throw. */
  readonly onTrouble: (error: unknown) => void;
  /** Where traces are recorded. */
  readonly recorder?: TraceRecorder | undefined;
}

/** What a subscriber to several streams brings; the hubs add the rest. */
export type MergeOptions = Omit<MergedOptions, 'heartbeat' | 'onLeave' | 'maxWaitingBytes' | 'metrics'>;

/** Hears how many subscribers a stream has now, each time that one comes or leaves. */
export type SubscribersListener = (ref: StreamRef, subscribers: number) => void;

/** The hubs of this gateway, by stream. A stream that nobody watches costs nothing. */
export class Hubs {
  private readonly hubs = new Map<string, Hub>();
  private readonly merged = new Set<MergedSession>();
  private readonly lingering = new Map<string, NodeJS.Timeout>();
  private readonly parts: HubParts;
  private readonly listeners = new Set<SubscribersListener>();
  private readonly stopListening: () => void;

  constructor({ eventLog, registry, maxWaitingBytes, onTrouble, recorder }: HubsOptions) {
    const metrics = fanOutMetrics(registry, {
      connections: () => this.connections,
      hubs: () => this.hubs.size,
    });
    const wheel = new HeartbeatWheel(HEARTBEAT_MS);
    this.parts = { eventLog, metrics, maxWaitingBytes, onTrouble, recorder, wheel };
    this.stopListening = eventLog.onDeletion(({ stream, fromSeq, toSeq }) =>
      this.hubs.get(stream)?.removeEvents(fromSeq, toSeq),
    );
  }

  /** Whether NATS can be reached, as far as is known. */
  get reachable(): boolean {
    return this.parts.eventLog.up;
  }

  get connections(): number {
    let sum = this.merged.size;
    for (const hub of this.hubs.values()) sum += hub.connections;
    return sum;
  }

  /** The hub of a stream, opened if need be. Join it in the same turn, or it may be closed as empty. */
  of(ref: KeptStream, kind: StreamKind): Hub {
    this.stopLingering(ref.stream);
    let hub = this.hubs.get(ref.stream);
    if (hub === undefined) {
      hub = new Hub(ref, kind, this.parts, (size) => this.resized(ref, size));
      this.hubs.set(ref.stream, hub);
    }
    hub.limit(historyOf(ref));
    return hub;
  }

  /**
   * Adds a subscriber to several streams whose response head has been sent.
   *
   * @param streams each stream once, in any order
   */
  merge(streams: readonly { ref: KeptStream; kind: StreamKind }[], options: MergeOptions): MergedSession {
    const { wheel, metrics, maxWaitingBytes } = this.parts;
    const sorted = [...streams].sort((a, b) => (a.ref.stream < b.ref.stream ? -1 : 1));
    const session = new MergedSession(
      sorted.map(({ ref, kind }) => this.of(ref, kind)),
      {
        ...options,
        metrics,
        maxWaitingBytes,
        heartbeat: heartbeatOf('workflow', options.outlet.framing),
        onLeave: (left) => {
          countEnd(metrics, left);
          this.merged.delete(left);
        },
      },
    );
    session.beatOn(wheel);
    this.merged.add(session);
    session.open();
    return session;
  }

  /** Calls the listener for each subscriber that comes or leaves. Returns what removes it. */
  onSubscribers(listener: SubscribersListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Subscribers of each stream that has some; 0 of those that are still warm. */
  *subscribers(): Generator<{ ref: StreamRef; subscribers: number }> {
    for (const { ref, size } of this.hubs.values()) yield { ref, subscribers: size };
  }

  /** Every open connection, in no order. */
  open(): Connection[] {
    return [...this.merged, ...[...this.hubs.values()].flatMap((hub) => hub.listSessions())];
  }

  /** Ends everything at once; for an orderly end, end those that are {@link open} before. */
  close(): void {
    this.stopListening();
    for (const timer of this.lingering.values()) clearTimeout(timer);
    this.lingering.clear();
    const hubs = [...this.hubs.values()];
    this.hubs.clear();
    for (const hub of hubs) hub.close();
  }

  private resized(ref: StreamRef, size: number): void {
    for (const listener of this.listeners) listener(ref, size);
    if (size === 0) this.linger(ref.stream);
  }

  private linger(stream: string): void {
    if (!this.hubs.has(stream)) return;
    this.stopLingering(stream);
    this.lingering.set(
      stream,
      setTimeout(() => {
        this.lingering.delete(stream);
        const hub = this.hubs.get(stream);
        this.hubs.delete(stream);
        hub?.close();
      }, LINGER_MS),
    );
  }

  private stopLingering(stream: string): void {
    clearTimeout(this.lingering.get(stream));
    this.lingering.delete(stream);
  }
}
