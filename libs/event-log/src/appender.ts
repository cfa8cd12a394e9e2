import { headers, type MsgHdrs } from '@nats-io/nats-core';
import { eventCursor, type KeptStream, Problem, type StreamRef } from '#libs/contracts';
import type { TraceHeaders } from '#libs/tracing';
import type { Paces } from './archive/paces.js';
import type { History } from './history.js';
import type { PublishAck } from './publish-ack.js';
import type { Publisher } from './publisher.js';
import { RecentFingerprints } from './recent-fingerprints.js';
import { SeqWatch } from './seq-watch.js';
import type { Shards } from './shards.js';
import { CHANNEL_HEADER, FINGERPRINT_HEADER, setTrace } from './stored-event.js';
import { messageId } from './subjects.js';

/** An event to store. */
export interface NewEvent {
  readonly channel?: string | undefined;
  /** JSON text in UTF-8. */
  readonly payload: Uint8Array;
  /** Stores once for the same key on the same stream within two minutes. */
  readonly dedupe?: {
    readonly key: string;
    /** Digest of what was sent; another one under the same key is refused. Printable ASCII. */
    readonly fingerprint: string;
  };
}

export interface AppendOptions {
  /** Whether the first event is stored before the others are sent; see `EventLog.append`. Default `with-all`. */
  readonly first?: 'alone' | 'with-all';
  /** The work that the events follow from: goes with them to whoever delivers them. */
  readonly trace?: TraceHeaders | undefined;
}

export interface StoredId {
  /** The event's cursor. */
  readonly id: string;
  /** Whether it was stored before, under the same key. */
  readonly duplicate: boolean;
}

interface AppenderParts {
  readonly shards: Shards;
  readonly history: History;
  readonly publisher: Publisher;
  readonly paces: Paces;
}

/** Stores events under their streams' subjects, and knows what was sent before under the same key. */
export class Appender {
  private readonly recent = new RecentFingerprints();
  private readonly seqs = new SeqWatch();

  constructor(private readonly parts: AppenderParts) {}

  /** What `EventLog.append` promises. */
  async append(
    stream: KeptStream,
    events: readonly NewEvent[],
    options: AppendOptions = {},
  ): Promise<StoredId[]> {
    const begun = performance.now();
    this.parts.publisher.requireSizes(events.map(({ payload }) => payload));
    const { subject, name, ...place } = await this.parts.shards.find(stream);
    let { epoch } = place;
    const aloneFirst = options.first === 'alone' && events.length > 1;
    const parts = aloneFirst ? [events.slice(0, 1), events.slice(1)] : [events];
    const stored: StoredId[] = [];
    for (const part of parts) {
      const acks = await Promise.all(
        part.map((event) =>
          this.parts.paces.run(stream, event.payload.length, () =>
            this.parts.publisher.publish(subject, event.payload, headersOf(stream, event, options.trace)),
          ),
        ),
      );
      if (this.seqs.hasBegunAnew(name, acks)) epoch = await this.epochOfStored(stream, begun);
      await this.refuseReusedKeys(stream, part, acks);
      for (const ack of acks) stored.push({ id: eventCursor(epoch, ack.seq), duplicate: ack.duplicate });
    }
    return stored;
  }

  /** What is stored already cannot be refused: its outcome is unknown to a caller who is not told its id. */
  private async epochOfStored(ref: StreamRef, since: number): Promise<string> {
    try {
      return await this.parts.shards.epoch(ref, since);
    } catch (error) {
      throw new Problem('outcome-unknown', 'The event log was made anew a moment ago.', { cause: error });
    }
  }

  private async refuseReusedKeys(
    ref: StreamRef,
    events: readonly NewEvent[],
    acks: readonly PublishAck[],
  ): Promise<void> {
    const reused: number[] = [];
    await Promise.all(
      acks.map(async ({ duplicate, seq }, index) => {
        const dedupe = events[index]?.dedupe;
        if (dedupe === undefined) return;
        const id = messageId(ref, dedupe.key);
        if (!duplicate) return this.recent.add(id, dedupe.fingerprint);
        const kept = this.recent.get(id) ?? (await this.parts.history.fingerprint(ref, seq));
        // Neither remembered here nor kept: there is nothing to compare with, and the first answer still holds.
        if (kept !== undefined && kept !== dedupe.fingerprint) reused.push(index);
      }),
    );
    if (reused.length === 0) return;
    throw new Problem(
      'idempotency-key-reused',
      'The key was used with another body in the last two minutes.',
      {
        errors: reused
          .sort((a, b) => a - b)
          .map((index) => ({
            field: `events[${index}]`,
            index,
            message: 'was sent with another body before',
          })),
      },
    );
  }
}

function headersOf(ref: StreamRef, { channel, dedupe }: NewEvent, trace?: TraceHeaders): MsgHdrs {
  const fields = headers();
  if (trace !== undefined) setTrace(fields, trace);
  if (channel !== undefined) fields.set(CHANNEL_HEADER, channel);
  if (dedupe !== undefined) {
    fields.set('Nats-Msg-Id', messageId(ref, dedupe.key));
    fields.set(FINGERPRINT_HEADER, dedupe.fingerprint);
  }
  return fields;
}
