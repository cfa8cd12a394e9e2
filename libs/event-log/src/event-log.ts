import { headers, type MsgHdrs } from '@nats-io/nats-core';
import { eventCursor, type KeptStream, Problem, type StreamRef } from '#libs/contracts';
import { NatsLink, type NatsOptions } from '#libs/nats-connection';
import type { TraceHeaders } from '#libs/tracing';
import { ArchiveReader } from './archive/archive-reader.js';
import { ArchiveWriter } from './archive/archive-writer.js';
import { Archives } from './archive/archives.js';
import { Paces } from './archive/paces.js';
import { type Deletion, Deletions } from './deletions.js';
import { DirectGetters } from './direct-getters.js';
import { Follower, type FollowHandlers } from './follower.js';
import { History } from './history.js';
import { HistoryKeeper } from './history-keeper.js';
import { KeptHistory } from './kept-history.js';
import type { PublishAck } from './publish-ack.js';
import { type EventLogObserver, Publisher } from './publisher.js';
import { RecentFingerprints } from './recent-fingerprints.js';
import { SeqWatch } from './seq-watch.js';
import { type ShardSettings, Shards } from './shards.js';
import { CHANNEL_HEADER, FINGERPRINT_HEADER, type StoredEvent, setTrace } from './stored-event.js';
import { messageId } from './subjects.js';

/** Connections that replays are read over. */
const REPLAY_CONNECTIONS = 2;
/** Milliseconds in which the tail of every followed stream is read once. */
const SWEEP_MS = 60_000;
const SWEEP_STEP_MS = 1_000;

/** Where readiness writes; the ids of real workspaces and streams never begin with `_`. */
const PROBE: StreamRef = { workspace: '_probe', stream: '_ready' };

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
  /** Whether the first event is stored before the others are sent; see {@link EventLog.append}. Default `with-all`. */
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

/**
 * The only door to the JetStream streams that keep events: append, history, follow.
 *
 * It owns its connections (one for live events, one to publish, two for replays); whoever constructs the log
 * closes it with {@link close}.
 */
export class EventLog {
  private readonly links: NatsLink[] = [];
  private readonly closers: (() => void)[] = [];
  private readonly followers = new Set<Follower>();
  private readonly recent = new RecentFingerprints();
  private readonly seqs = new SeqWatch();
  private sweep: NodeJS.Timeout | undefined;
  private sweepQueue: Follower[] = [];
  private readonly main: NatsLink;
  private readonly shards: Shards;
  private readonly publisher: Publisher;
  private readonly history: History;
  private readonly deletions: Deletions;
  private readonly paces: Paces;
  /** What is kept of streams, within the limits of their owners. */
  readonly kept: KeptHistory;
  /** What changes it. */
  readonly keeper: HistoryKeeper;

  /** Begins to connect and returns at once; what is called before the connection stands is `unavailable`. */
  constructor(
    private readonly nats: NatsOptions,
    private readonly observer: EventLogObserver = {},
  ) {
    this.main = this.open('live');
    this.shards = new Shards(this.main);
    const publishing = this.open('publish');
    this.publisher = new Publisher(publishing, observer);
    const getters = new DirectGetters(
      Array.from({ length: REPLAY_CONNECTIONS }, (_, n) => this.open(`replay ${n}`)),
    );
    this.history = new History(this.shards, getters);
    this.deletions = new Deletions(this.main);
    const copies = new Publisher(publishing);
    const { history, shards } = this;
    const archives = new Archives(this.main, shards);
    const writer = new ArchiveWriter({ archives, history, shards, publisher: copies });
    this.paces = new Paces(writer);
    const parts = { archives, history, shards, writer, reader: new ArchiveReader(this.main, getters) };
    this.kept = new KeptHistory(parts);
    this.keeper = new HistoryKeeper({
      ...parts,
      kept: this.kept,
      onDeleted: (ref, fromSeq, toSeq) => this.deletions.announce(ref, fromSeq, toSeq),
      onArchived: (stream) => this.paces.expect(stream).lookAgain(),
    });
    this.closers.push(
      this.main.onUp(() => {
        this.shards.forget();
        writer.forget();
      }),
      () => this.paces.close(),
      () => this.publisher.close(),
      () => copies.close(),
      () => getters.close(),
    );
  }

  /** Whether the connection for live events stands. */
  get up(): boolean {
    return this.main.up;
  }

  /** Sets the log up where it is missing, once NATS is there. Returns the number of shards in force. */
  async provision(settings: ShardSettings): Promise<number> {
    await this.main.whenUp();
    return this.shards.provision(settings);
  }

  /** Whether all of so many shards are there. Somebody may delete one, or NATS may come back without its data. */
  isComplete(shards: number): Promise<boolean> {
    return this.shards.areComplete(shards);
  }

  /**
   * Stores events in order, all in flight at once, and returns after JetStream has acked the last of them. Those of a
   * stream with an archive wait for their turn, so that it misses none.
   *
   * When the first event has a dedupe key that stands for all of them (`first`), it is stored alone, so that a
   * key that was used with another body is refused before anything is stored.
   *
   * @throws Problem `outcome-unknown`, `unavailable`, `too-large`, or `idempotency-key-reused`
   */
  async append(
    stream: KeptStream,
    events: readonly NewEvent[],
    options: AppendOptions = {},
  ): Promise<StoredId[]> {
    const begun = performance.now();
    this.publisher.requireSizes(events.map(({ payload }) => payload));
    const [{ subject, name }, known] = await Promise.all([
      this.shards.locate(stream),
      this.shards.epoch(stream),
    ]);
    let epoch = known;
    const aloneFirst = options.first === 'alone' && events.length > 1;
    const parts = aloneFirst ? [events.slice(0, 1), events.slice(1)] : [events];
    const stored: StoredId[] = [];
    for (const part of parts) {
      const acks = await Promise.all(
        part.map((event) =>
          this.paces.run(stream, event.payload.length, () =>
            this.publisher.publish(subject, event.payload, headersOf(stream, event, options.trace)),
          ),
        ),
      );
      if (this.seqs.hasBegunAnew(name, acks)) epoch = await this.epochOfStored(stream, begun);
      await this.refuseReusedKeys(stream, part, acks);
      for (const ack of acks) stored.push({ id: eventCursor(epoch, ack.seq), duplicate: ack.duplicate });
    }
    return stored;
  }

  /** The newest events, oldest first. @param limit 1 or more */
  newest(ref: StreamRef, limit: number): Promise<StoredEvent[]> {
    return this.history.newest(ref, limit);
  }

  /** Follows one stream; closing the follower is the caller's. */
  follow(ref: StreamRef, handlers: FollowHandlers): Follower {
    const follower = new Follower(
      { link: this.main, shards: this.shards, history: this.history, traced: this.observer.traced ?? false },
      ref,
      handlers,
    );
    this.followers.add(follower);
    this.sweep ??= setInterval(() => this.sweepTails(), SWEEP_STEP_MS);
    return follower;
  }

  /** Ends a follower that {@link follow} returned. */
  unfollow(follower: Follower): void {
    follower.close();
    this.followers.delete(follower);
    if (this.followers.size === 0) {
      clearInterval(this.sweep);
      this.sweep = undefined;
    }
  }

  /** The epoch of a stream's cursors. */
  epoch(ref: StreamRef): Promise<string> {
    return this.shards.epoch(ref);
  }

  /** How many events of a stream are kept. */
  async count(stream: KeptStream): Promise<number> {
    return (await this.kept.counts([stream]))[0] ?? 0;
  }

  /** Calls the listener for each deletion of events by anybody. Returns what ends it. */
  onDeletion(listener: (deletion: Deletion) => void): () => void {
    return this.deletions.listen(listener);
  }

  /**
   * Tries to store something, on a subject that no stream can have: a full disk lets everything look well but
   * this. Throws when it fails.
   */
  async tryWrite(): Promise<void> {
    const { subject } = await this.shards.locate(PROBE);
    await this.publisher.publish(subject, new TextEncoder().encode('null'), headers());
  }

  /** Throws while the log cannot be read. */
  async tryRead(): Promise<void> {
    await this.history.last(PROBE);
  }

  /** Returns when the server has answered on the connection for live events, behind those that it has sent. Throws when it is lost. */
  async tryFollow(): Promise<void> {
    await this.main.whileUp((connection) => connection.flush());
  }

  /** Ends followers, fails what is pending, drains and closes the connections. */
  async close(): Promise<void> {
    for (const follower of [...this.followers]) this.unfollow(follower);
    for (const closer of this.closers) closer();
    await Promise.all(this.links.map((link) => link.close()));
  }

  /** What is stored already cannot be refused: its outcome is unknown to a caller who is not told its id. */
  private async epochOfStored(ref: StreamRef, since: number): Promise<string> {
    try {
      return await this.shards.epoch(ref, since);
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
        const kept = this.recent.get(id) ?? (await this.history.fingerprint(ref, seq));
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

  private sweepTails(): void {
    if (this.sweepQueue.length === 0) this.sweepQueue = [...this.followers];
    const share = Math.ceil(this.followers.size / (SWEEP_MS / SWEEP_STEP_MS));
    for (const follower of this.sweepQueue.splice(0, share)) void follower.checkTail();
  }

  private open(purpose: string): NatsLink {
    const link = NatsLink.open({ ...this.nats, name: `${this.nats.name} ${purpose}` });
    this.links.push(link);
    return link;
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
