import { AckPolicy, DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { Problem } from '#libs/contracts';
import { readHeaders } from '../header-values.js';
import { CHANNEL_HEADER } from '../stored-event.js';
import { ORIGIN_SEQ_HEADER, ORIGIN_TIME_HEADER } from './archive-form.js';

/** Milliseconds without a message after which the answer is given up. */
const SILENCE_MS = 2_000;
/** Nanoseconds after which JetStream forgets a consumer that nobody deletes. */
const FORGOTTEN_AFTER_NS = 5_000_000_000;

/** An archived event without its payload. */
export interface IndexedEvent {
  readonly place: number;
  readonly seq: number;
  readonly ts: number;
  readonly channel: string | undefined;
}

/**
 * The events of an archive from a place on, oldest first, by their headers alone: 10,000 large payloads are not read
 * to find those of one channel. The only JetStream consumer that Runnel makes, for as long as the reading takes.
 *
 * @param name the archive's JetStream stream
 * @param inbox a subject that nobody else has
 */
export async function archiveIndex(
  connection: NatsConnection,
  name: string,
  fromPlace: number,
  inbox: string,
): Promise<IndexedEvent[]> {
  const reading = new Reading();
  const subscription = connection.subscribe(inbox, { callback: (_error, message) => reading.take(message) });
  try {
    const { consumers } = await jetstreamManager(connection, { checkAPI: false });
    const { name: consumer, num_pending } = await consumers.add(name, {
      deliver_subject: inbox,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Math.max(1, fromPlace),
      ack_policy: AckPolicy.None,
      headers_only: true,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: FORGOTTEN_AFTER_NS,
    });
    const events = await reading.until(num_pending);
    consumers.delete(name, consumer).catch(() => {});
    return events;
  } finally {
    reading.end();
    subscription.unsubscribe();
  }
}

/** Takes what comes until nothing is left to come. */
class Reading {
  private readonly events: IndexedEvent[] = [];
  private left = Number.POSITIVE_INFINITY;
  private settle: { done: () => void; fail: (error: Error) => void } | undefined;
  private silence: NodeJS.Timeout | undefined;

  take(message: Msg): void {
    const [place, pending] = placeOf(message.reply);
    const headers = readHeaders(message);
    const seq = Number(headers?.last(ORIGIN_SEQ_HEADER));
    if (place === undefined || pending === undefined) return;
    if (seq > 0) {
      const ts = Number(headers?.last(ORIGIN_TIME_HEADER));
      this.events.push({ place, seq, ts, channel: headers?.get(CHANNEL_HEADER) || undefined });
    }
    this.left = pending;
    this.silence?.refresh();
    if (pending === 0) this.settle?.done();
  }

  /** @param pending messages when the consumer was made; some may have come before it was said */
  until(pending: number): Promise<IndexedEvent[]> {
    return new Promise((resolve, reject) => {
      const done = () => resolve(this.events);
      if (this.left === 0 || (pending === 0 && this.events.length === 0)) return done();
      this.settle = { done, fail: reject };
      this.silence = setTimeout(() => {
        reject(new Problem('unavailable', 'The event log does not answer at the moment.'));
      }, SILENCE_MS);
    });
  }

  end(): void {
    clearTimeout(this.silence);
  }
}

/** The message's sequence and how many follow it, from `$JS.ACK.<stream>.<consumer>.<…>.<seq>.<…>.<time>.<pending>`. */
function placeOf(reply: string | undefined): [number?, number?] {
  const tokens = reply?.split('.') ?? [];
  return tokens.length < 9 ? [] : [Number(tokens.at(-4)), Number(tokens.at(-1))];
}
