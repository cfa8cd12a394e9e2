import type { Msg, Subscription } from '@nats-io/nats-core';
import { REPLAY_EVENTS, type StreamRef } from '#libs/contracts';
import type { NatsConnection, NatsLink } from '#libs/nats-connection';
import { readHeaders } from './header-values.js';
import type { History } from './history.js';
import type { Shards } from './shards.js';
import { type LiveEvent, liveEvent, type StoredEvent, traceIn } from './stored-event.js';
import { liveSubject } from './subjects.js';

/** Live events that wait while history is read, and their bytes; past that the tail is read again instead. */
const MAX_BUFFERED = 10_000;
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
/** Milliseconds after a join at which the tail is read again: a follower's answer may have been behind. */
const TAIL_CHECKS_MS = [300, 2_000];
/** Milliseconds that a stored event may take to come live before it counts as lost. */
const LIVE_LAG_MS = 250;
/** Milliseconds to wait before each further attempt at closing a hole. */
const REPAIR_DELAYS_MS = [0, 50, 150, 400, 1_000];
/** Milliseconds to wait for what others have seen already, and between two looks. */
const CATCH_UP_MS = { most: 2_000, step: 20 };
/** Milliseconds before reading is tried again after it failed: twice as long each time, up to the longest. */
const RETRY_MS = { first: 250, longest: 4_000 };

/** What a follower starts from, or starts anew from. */
export interface LogWindow {
  readonly epoch: string;
  /** The newest events, oldest first: as many as are replayed at most. */
  readonly events: readonly StoredEvent[];
}

export interface FollowHandlers {
  /** The window as it is now. Called first, and again when the log before it can no longer be joined to it. */
  onWindow(window: LogWindow): void;
  /** The next event, in order and without holes. */
  onEvent(event: StoredEvent): void;
}

export interface FollowParts {
  readonly link: NatsLink;
  readonly shards: Shards;
  readonly history: History;
  /** Whether live events are to say what they follow from. */
  readonly traced: boolean;
}

/**
 * One stream's events in order, each once: history first, then live, with nothing lost, repeated or reordered
 * where they meet (ADR 0005).
 *
 * Live events come over a plain subscription, which may miss some; each carries the sequence before its own, so
 * a hole shows with the next event and is read from history. A hole at the tail of a quiet stream shows only
 * when the tail is read, which happens after the join, after each reconnect and in the owner's sweep.
 */
export class Follower {
  private epoch: string | undefined;
  private lastSeq = 0;
  private busy = false;
  private closed = false;
  /** What is to be read, most urgent first; see {@link step}. The epoch as of a time; 0 when it is known. */
  private due = { flush: false, epochSince: 0, tail: false };
  private retryMs = RETRY_MS.first;
  /** Sequence that was seen to be stored and did not come live. */
  private overdueSeq = 0;
  private readonly buffered: LiveEvent[] = [];
  private bufferedBytes = 0;
  private connection: NatsConnection | undefined;
  private subscription: Subscription | undefined;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly stopListening: () => void;

  /** Starts at once; {@link close} ends it. While NATS is away it waits, and it recovers by itself. */
  constructor(
    private readonly parts: FollowParts,
    private readonly ref: StreamRef,
    private readonly handlers: FollowHandlers,
  ) {
    this.stopListening = parts.link.onUp((connection) => this.connected(connection));
  }

  close(): void {
    this.closed = true;
    this.stopListening();
    this.subscription?.unsubscribe();
    for (const timer of this.timers) clearTimeout(timer);
    this.buffered.length = 0;
  }

  /** Looks whether the log has an event beyond the last one known, and fetches what did not come live. */
  async checkTail(): Promise<void> {
    const last = await this.parts.history.last(this.ref).catch(() => undefined);
    if (last === undefined || last.seq === this.lastSeq) return;
    if (last.seq < this.lastSeq) {
      this.due.epochSince = performance.now();
      this.wake();
      return;
    }
    // Most likely it is on its way; what the server has sent is here once it answers a ping on the same connection.
    await this.pause(LIVE_LAG_MS);
    await this.connection?.flush().catch(() => {});
    if (last.seq <= this.lastSeq) return;
    this.overdueSeq = last.seq;
    this.wake();
  }

  /**
   * Waits until what is stored has been emitted, 2 s at the most: a subscriber may come from another gateway, which
   * had the newest events a moment earlier.
   *
   * @param seq an event that was seen elsewhere; left out, whatever is the newest now
   */
  async catchUp(seq?: number): Promise<void> {
    const until = performance.now() + CATCH_UP_MS.most;
    const wanted = seq ?? (await this.parts.history.last(this.ref).catch(() => undefined))?.seq ?? 0;
    if (wanted <= this.lastSeq) return;
    void this.checkTail();
    while (this.lastSeq < wanted && performance.now() < until) await this.pause(CATCH_UP_MS.step);
  }

  private connected(connection: NatsConnection): void {
    this.connection = connection;
    if (this.subscription === undefined || this.subscription.isClosed()) {
      this.subscription = connection.subscribe(liveSubject(this.ref), {
        callback: (_error, message) => this.take(message),
      });
    }
    this.due.flush = true;
    this.due.epochSince = performance.now();
    this.due.tail = true;
    this.wake();
    for (const delayMs of TAIL_CHECKS_MS) this.later(delayMs, () => void this.checkTail());
  }

  private take(message: Msg): void {
    const event = this.read(message);
    if (event === undefined || this.closed) return;
    if (!this.busy && this.follows(event)) {
      this.emit(event);
      return;
    }
    if (this.buffered.length < MAX_BUFFERED && this.bufferedBytes < MAX_BUFFERED_BYTES) {
      this.buffered.push(event);
      this.bufferedBytes += event.payload.length;
    } else {
      this.due.tail = true;
    }
    this.wake();
  }

  private read(message: Msg): LiveEvent | undefined {
    const event = liveEvent(message);
    if (!this.parts.traced || event === undefined) return event;
    return { ...event, trace: traceIn(readHeaders(message)) };
  }

  /** Whether an event is the next one, by what it says itself. */
  private follows({ seq, previousSeq }: LiveEvent): boolean {
    // The first of its stream: the others were deleted, or the log was made anew and counts from 1 once more.
    if (previousSeq === 0 && this.lastSeq > 0) return false;
    return previousSeq <= this.lastSeq && seq > this.lastSeq;
  }

  private wake(): void {
    if (this.busy || this.closed) return;
    this.busy = true;
    void this.run();
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      try {
        if (!(await this.step())) break;
        this.retryMs = RETRY_MS.first;
      } catch {
        // Without a connection the next onUp begins again; with one, NATS is slow or electing a leader.
        if (!this.parts.link.up) break;
        await this.pause(this.retryMs);
        this.retryMs = Math.min(2 * this.retryMs, RETRY_MS.longest);
      }
    }
    this.busy = false;
    if (this.buffered.length > 0 && this.parts.link.up) this.wake();
  }

  /** Does the next due piece of reading. Returns false when nothing is due and live events can pass directly. */
  private async step(): Promise<boolean> {
    const { due } = this;
    if (due.flush) {
      // History is read only once the server knows of the subscription, or events between would be missed.
      await this.connection?.flush();
      due.flush = false;
    } else if (this.epoch === undefined) {
      await this.restart();
      due.epochSince = 0;
      due.tail = false;
    } else if (due.epochSince > 0) {
      const since = due.epochSince;
      await this.verifyEpoch(since);
      if (due.epochSince === since) due.epochSince = 0;
    } else if (due.tail) {
      await this.repair(0);
      due.tail = false;
    } else if (this.buffered.length > 0) {
      await this.mergeBuffered();
    } else if (this.overdueSeq > this.lastSeq) {
      await this.repair(this.overdueSeq);
    } else {
      return false;
    }
    return true;
  }

  private async mergeBuffered(): Promise<void> {
    for (;;) {
      const event = this.buffered[0];
      if (event === undefined || this.closed) return;
      // Far behind: the log was made anew, and its first event was missed.
      const behind = this.lastSeq - event.seq > MAX_BUFFERED;
      if (behind || (event.previousSeq === 0 && this.lastSeq > 0)) {
        await this.verifyEpoch(performance.now());
      } else if (event.previousSeq > this.lastSeq) {
        await this.repair(event.previousSeq);
      }
      if (event.seq > this.lastSeq) this.emit(event);
      this.buffered.shift();
      this.bufferedBytes -= event.payload.length;
    }
  }

  /**
   * Reads what follows the last event known.
   *
   * @param wantedSeq sequence that history must reach, since it was seen to be stored; 0 for whatever is there
   */
  private async repair(wantedSeq: number): Promise<void> {
    for (const delayMs of REPAIR_DELAYS_MS) {
      if (delayMs > 0) await this.pause(delayMs);
      if (this.closed) return;
      const known = this.lastSeq;
      const { events, wholeFrom } = await this.parts.history.from(this.ref, Math.max(known, 1));
      if (events.length > 0 && wholeFrom > known) {
        const next = this.buffered[0];
        // The live events may prove by themselves that nothing lies between.
        if (next !== undefined && next.previousSeq <= known && next.seq > known) return;
        return this.restart();
      }
      for (const event of events) if (event.seq > this.lastSeq) this.emit(event);
      if (this.lastSeq >= wantedSeq) return;
    }
    // What was announced is not in history (any more): what cannot be shown as whole is begun anew.
    await this.restart();
    this.lastSeq = Math.max(this.lastSeq, wantedSeq);
  }

  private async restart(): Promise<void> {
    const epoch = await this.parts.shards.epoch(this.ref);
    const events = await this.parts.history.newest(this.ref, REPLAY_EVENTS);
    if (this.closed) return;
    this.epoch = epoch;
    this.lastSeq = events.at(-1)?.seq ?? 0;
    this.handlers.onWindow({ epoch, events });
  }

  private async verifyEpoch(since: number): Promise<void> {
    if ((await this.parts.shards.epoch(this.ref, since)) !== this.epoch) await this.restart();
  }

  private emit(event: StoredEvent): void {
    if (this.closed) return;
    this.lastSeq = event.seq;
    this.handlers.onEvent(event);
  }

  private later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, delayMs);
    this.timers.add(timer);
  }

  private pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.later(delayMs, resolve));
  }
}
