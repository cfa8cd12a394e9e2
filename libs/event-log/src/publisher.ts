import { type Msg, type MsgHdrs, type Subscription } from '@nats-io/nats-core';
import { Problem } from '#libs/contracts';
import type { NatsConnection, NatsLink } from '#libs/nats-connection';
import { ackOf, type PublishAck } from './publish-ack.js';

/** Messages on their way to JetStream at once: the measured knee (docs/performance.md). */
const MAX_IN_FLIGHT = 256;
/** Messages that may wait for a place, and milliseconds for which; beyond that a caller is told to come back. */
const MAX_WAITING = 20_000;
const MAX_WAIT_MS = 2_000;
/** Bytes that may wait or be in flight, so that big payloads cannot fill the memory. */
const MAX_PENDING_BYTES = 128 * 1024 * 1024;
/** Milliseconds after which an ack is given up; a leader election takes 4 to 9 s. */
const ACK_TIMEOUT_MS = 5_000;

/** What became of an event that was sent to JetStream. */
export type AckOutcome = 'stored' | 'duplicate' | 'refused' | 'unknown';

/** Told of what the log does, for metrics and traces. Must not throw. */
export interface EventLogObserver {
  /** @param elapsedMs since the event was sent, without the time that it waited for its turn */
  onAck?(outcome: AckOutcome, elapsedMs: number): void;
  /** Whether traces are recorded, so that events and messages are read for theirs. Default: not. */
  readonly traced?: boolean;
}

interface Pending {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: MsgHdrs;
  readonly resolve: (ack: PublishAck) => void;
  readonly reject: (error: Problem) => void;
  /** When it has waited too long for its turn. */
  readonly waitsUntil: number;
  /** When its ack is given up; 0 before it was sent. */
  deadline: number;
}

/**
 * Appends messages to JetStream with many in flight and one ack inbox for all of them: a promise, a timer and a
 * subscription for each message, as the client's own publish has, cost eight times the CPU (docs/performance.md).
 *
 * Messages of one caller keep their order. Nothing is sent twice; whether to retry is the caller's to decide.
 */
export class Publisher {
  private readonly inbox: string;
  private readonly inFlight = new Map<string, Pending>();
  private readonly waiting: Pending[] = [];
  private waitingFrom = 0;
  private pendingBytes = 0;
  private nextToken = 0;
  private acks: Subscription | undefined;
  private sweep: NodeJS.Timeout | undefined;
  private soon: NodeJS.Immediate | undefined;
  private readonly stopListening: (() => void)[];

  /** @param link stays the caller's to close */
  constructor(
    private readonly link: NatsLink,
    private readonly observer: EventLogObserver = {},
  ) {
    this.inbox = `${link.newInbox()}.`;
    this.stopListening = [
      link.onUp((connection) => this.listen(connection)),
      link.onDown(() => this.failAll('The connection to the message system was lost.')),
    ];
  }

  /**
   * Stores one message.
   *
   * @returns after JetStream's ack. Rejects and never throws: others of the same batch are under way already
   * @throws Problem `outcome-unknown` when the connection was lost or no ack came in 5 s; `unavailable` when it
   *   was certainly not stored, such as for want of a place in 2 s; `too-large` when it exceeds what the NATS server takes
   */
  publish(subject: string, payload: Uint8Array, headers: MsgHdrs): Promise<PublishAck> {
    return new Promise((resolve, reject) => {
      const connection = this.link.connection();
      requireSize(connection, payload);
      this.requireRoom(payload.length);
      this.pendingBytes += payload.length;
      const waitsUntil = performance.now() + MAX_WAIT_MS;
      this.waiting.push({ subject, payload, headers, resolve, reject, waitsUntil, deadline: 0 });
      if (this.inFlight.size === 0) this.pump(connection);
      else this.pumpSoon();
    });
  }

  /** Refuses a batch before any of it is sent. @throws Problem `too-large`, `unavailable` without a connection */
  requireSizes(payloads: readonly Uint8Array[]): void {
    const connection = this.link.connection();
    for (const payload of payloads) requireSize(connection, payload);
  }

  /** Fails what is pending and stops. */
  close(): void {
    for (const stop of this.stopListening) stop();
    this.failAll('The service is stopping.');
    clearImmediate(this.soon);
    this.acks?.unsubscribe();
  }

  private listen(connection: NatsConnection): void {
    // The client renews subscriptions itself when it reconnects, but not on a connection that replaced another.
    this.acks?.unsubscribe();
    this.acks = connection.subscribe(`${this.inbox}*`, {
      callback: (_error, message) => this.settle(message),
    });
  }

  /**
   * Sends what callers hand over in one turn of the event loop at the end of it, and so in one write: the client would make
   * one for each request. With 64 HTTP requests of 1 KiB under way ingest takes a quarter to a third less CPU for each
   * (two builds in turns on one NATS: 565 and 438 µs, 688 and 465 µs). A message that nothing is ahead of does not wait.
   */
  private pumpSoon(): void {
    this.soon ??= setImmediate(() => {
      this.soon = undefined;
      if (this.link.up) this.pump(this.link.connection());
    });
  }

  private pump(connection: NatsConnection): void {
    this.shedLate();
    while (this.inFlight.size < MAX_IN_FLIGHT && this.waitingFrom < this.waiting.length) {
      const pending = this.waiting[this.waitingFrom] as Pending;
      this.waitingFrom += 1;
      const token = (this.nextToken++).toString(36);
      pending.deadline = performance.now() + ACK_TIMEOUT_MS;
      this.inFlight.set(token, pending);
      try {
        connection.publish(pending.subject, pending.payload, {
          reply: this.inbox + token,
          headers: pending.headers,
        });
      } catch (error) {
        this.take(token)?.reject(
          new Problem('unavailable', 'The event could not be sent.', { cause: error }),
        );
      }
    }
    // Taking from the front of an array costs its length, so the taken part is cut off once it is the larger one.
    if (this.waitingFrom > 1024 && this.waitingFrom * 2 > this.waiting.length) {
      this.waiting.splice(0, this.waitingFrom);
      this.waitingFrom = 0;
    }
    this.sweep ??= setInterval(() => this.giveUpLate(), 250);
  }

  private settle(message: Msg): void {
    const pending = this.take(message.subject.slice(this.inbox.length));
    if (pending === undefined) return;
    const ack = ackOf(message);
    const refused = ack instanceof Problem;
    this.report(refused ? 'refused' : ack.duplicate ? 'duplicate' : 'stored', pending);
    if (refused) pending.reject(ack);
    else pending.resolve(ack);
    if (this.link.up) this.pump(this.link.connection());
  }

  private take(token: string): Pending | undefined {
    const pending = this.inFlight.get(token);
    if (pending === undefined) return undefined;
    this.inFlight.delete(token);
    this.pendingBytes -= pending.payload.length;
    return pending;
  }

  private report(outcome: AckOutcome, { deadline }: Pending): void {
    this.observer.onAck?.(outcome, performance.now() - (deadline - ACK_TIMEOUT_MS));
  }

  private giveUpLate(): void {
    const now = performance.now();
    for (const [token, { deadline }] of this.inFlight) {
      // Map keeps the order of insertion, so the first that is in time ends the search.
      if (deadline > now) break;
      const late = this.take(token);
      if (late === undefined) continue;
      this.report('unknown', late);
      late.reject(outcomeUnknown('The message system did not confirm the event in time.'));
    }
    this.shedLate();
    if (this.inFlight.size === 0 && this.waitingFrom === this.waiting.length) {
      clearInterval(this.sweep);
      this.sweep = undefined;
    } else if (this.link.up) {
      this.pump(this.link.connection());
    }
  }

  /** While NATS is silent, a place becomes free only as an ack is given up: whoever waits must not wait for many of those. */
  private shedLate(): void {
    const now = performance.now();
    for (; this.waitingFrom < this.waiting.length; this.waitingFrom += 1) {
      const { waitsUntil, payload, reject } = this.waiting[this.waitingFrom] as Pending;
      if (waitsUntil > now) return;
      this.pendingBytes -= payload.length;
      reject(new Problem('unavailable', 'Too many events are waiting to be stored.'));
    }
  }

  private failAll(detail: string): void {
    clearInterval(this.sweep);
    this.sweep = undefined;
    const sent = [...this.inFlight.values()];
    const unsent = this.waiting.slice(this.waitingFrom);
    this.inFlight.clear();
    this.waiting.length = 0;
    this.waitingFrom = 0;
    this.pendingBytes = 0;
    for (const pending of sent) {
      this.report('unknown', pending);
      pending.reject(outcomeUnknown(detail));
    }
    for (const { reject } of unsent) reject(new Problem('unavailable', detail));
  }

  private requireRoom(bytes: number): void {
    const waiting = this.waiting.length - this.waitingFrom;
    if (waiting >= MAX_WAITING || this.pendingBytes + bytes > MAX_PENDING_BYTES) {
      throw new Problem('unavailable', 'Too many events are waiting to be stored.');
    }
  }
}

function requireSize(connection: NatsConnection, payload: Uint8Array): void {
  const maxPayload = connection.info?.max_payload ?? 1024 * 1024;
  // The server counts headers as payload; ours stay far below 1 KiB but for a channel of 128 wide characters.
  if (payload.length + 1024 <= maxPayload) return;
  throw new Problem('too-large', `The event is larger than the message system takes (${maxPayload} bytes).`);
}

function outcomeUnknown(detail: string): Problem {
  return new Problem('outcome-unknown', `${detail} It may have been stored: retry with the same key.`);
}
