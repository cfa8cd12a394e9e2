import { headers } from '@nats-io/nats-core';
import type { KeptStream, StreamRef } from '#libs/contracts';
import { NatsLink, type NatsOptions } from '#libs/nats-connection';
import { Appender, type AppendOptions, type NewEvent, type StoredId } from './appender.js';
import { ArchiveReader } from './archive/archive-reader.js';
import { ArchiveWriter } from './archive/archive-writer.js';
import { Archives } from './archive/archives.js';
import { Paces } from './archive/paces.js';
import { type Deletion, Deletions } from './deletions.js';
import { DirectGetters } from './direct-getters.js';
import type { Follower, FollowHandlers } from './follower.js';
import { Followers } from './followers.js';
import { History } from './history.js';
import { HistoryKeeper } from './history-keeper.js';
import { KeptHistory } from './kept-history.js';
import { type EventLogObserver, Publisher } from './publisher.js';
import { type ShardSettings, Shards } from './shards.js';
import type { StoredEvent } from './stored-event.js';

/** Connections that replays are read over. */
const REPLAY_CONNECTIONS = 2;
/** Where readiness writes; the ids of real workspaces and streams never begin with `_`. */
const PROBE: StreamRef = { workspace: '_probe', stream: '_ready' };

/**
 * The only door to the JetStream streams that keep events: append, history, follow.
 *
 * It owns its connections (one for live events, one to publish, two for replays); whoever constructs the log
 * closes it with {@link close}.
 */
export class EventLog {
  private readonly links: NatsLink[] = [];
  private readonly closers: (() => void)[] = [];
  private readonly followers: Followers;
  private readonly appender: Appender;
  private readonly main: NatsLink;
  private readonly shards: Shards;
  private readonly publisher: Publisher;
  private readonly history: History;
  private readonly deletions: Deletions;
  /** What is kept of streams, within the limits of their owners. */
  readonly kept: KeptHistory;
  /** What changes it. */
  readonly keeper: HistoryKeeper;

  /** Begins to connect and returns at once; what is called before the connection stands is `unavailable`. */
  constructor(
    private readonly nats: NatsOptions,
    observer: EventLogObserver = {},
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
    const { history, shards, publisher } = this;
    this.followers = new Followers({ link: this.main, shards, history, traced: observer.traced ?? false });
    const archives = new Archives(this.main, shards);
    const writer = new ArchiveWriter({ archives, history, shards, publisher: copies });
    const paces = new Paces(writer);
    this.appender = new Appender({ shards, history, publisher, paces });
    const parts = { archives, history, shards, writer, reader: new ArchiveReader(this.main, getters) };
    this.kept = new KeptHistory(parts);
    this.keeper = new HistoryKeeper({
      ...parts,
      kept: this.kept,
      onDeleted: (ref, fromSeq, toSeq) => this.deletions.announce(ref, fromSeq, toSeq),
      onArchived: (stream) => paces.expect(stream).lookAgain(),
    });
    this.closers.push(
      this.main.onUp(() => {
        this.shards.forget();
        writer.forget();
      }),
      () => paces.close(),
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
  append(stream: KeptStream, events: readonly NewEvent[], options: AppendOptions = {}): Promise<StoredId[]> {
    return this.appender.append(stream, events, options);
  }

  /** The newest events, oldest first. @param limit 1 or more */
  newest(ref: StreamRef, limit: number): Promise<StoredEvent[]> {
    return this.history.newest(ref, limit);
  }

  /** Follows one stream; ending it with {@link unfollow} is the caller's. */
  follow(ref: StreamRef, handlers: FollowHandlers): Follower {
    return this.followers.follow(ref, handlers);
  }

  /** Ends a follower that {@link follow} returned. */
  unfollow(follower: Follower): void {
    this.followers.unfollow(follower);
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
    await this.history.tryRead(PROBE);
  }

  /** Returns when the server has answered on the connection for live events, behind those that it has sent. Throws when it is lost. */
  async tryFollow(): Promise<void> {
    await this.main.whileUp((connection) => connection.flush());
  }

  /** Ends followers, fails what is pending, drains and closes the connections. */
  async close(): Promise<void> {
    this.followers.close();
    for (const closer of this.closers) closer();
    await Promise.all(this.links.map((link) => link.close()));
  }

  private open(purpose: string): NatsLink {
    const link = NatsLink.open({ ...this.nats, name: `${this.nats.name} ${purpose}` });
    this.links.push(link);
    return link;
  }
}
