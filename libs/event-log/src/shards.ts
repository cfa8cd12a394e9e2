import { Problem, type StreamRef } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';
import { API_CODES, JetStreamApi, unless } from './jetstream-api.js';
import { breaksRules, KEPT_EVENTS, logOf, newShard, shardCountIn, shardRules } from './shard-config.js';
import { epochOf, eventSubject, shardName, shardOf } from './subjects.js';

/** Messages that are deleted at the same time. */
const DELETED_AT_ONCE = 16;

export interface ShardSettings {
  /** JetStream streams that share the events, 1 to 1024; fixed when the system is first set up. */
  readonly shards: number;
  /** Copies of each shard in a NATS cluster: 1, 3 or 5. */
  readonly replicas: number;
}

/** Where a stream's events are. */
export interface ShardPlace {
  readonly shard: number;
  /** The shard's JetStream stream. */
  readonly name: string;
  readonly subject: string;
}

/**
 * The JetStream streams that keep the events. Several rather than one, because a replay costs what lies
 * interleaved with the stream, not what is asked for (ADR 0003). Their number is written in the first shard's
 * metadata, so every service reads it from the system and none has to be told.
 */
export class Shards {
  private readonly api: JetStreamApi;
  private total: Read<number> | undefined;
  private readonly logs = new Map<number, Read<string>>();

  /** @param link stays the caller's to close */
  constructor(link: NatsLink) {
    this.api = new JetStreamApi(link);
  }

  /**
   * Creates what is missing and brings what is there up to date. Any number of replicas may do so at once, and at
   * every start.
   *
   * @returns the number of shards in force, which is the existing one if the system was set up before
   */
  async provision(settings: ShardSettings): Promise<number> {
    const shards = (await this.readCount()) ?? settings.shards;
    for (let shard = 0; shard < shards; shard += 1) await this.provide(shard, shards, settings.replicas);
    this.total = { answer: Promise.resolve(shards), askedAt: performance.now() };
    return shards;
  }

  /** Whether none of so many shards is missing. */
  async areComplete(shards: number): Promise<boolean> {
    const names = await this.api.call(async ({ streams }) => {
      const found = new Set<string>();
      for await (const name of streams.names('events.>')) found.add(name);
      return found;
    });
    return Array.from({ length: shards }, (_, shard) => shardName(shard)).every((name) => names.has(name));
  }

  /**
   * Throws Problem `unavailable` while the system is not set up.
   *
   * @param since as of when it must be known, by `performance.now()`. Left out: since the connection stands
   */
  async locate(ref: StreamRef, since?: number): Promise<ShardPlace> {
    const shard = shardOf(ref, await this.shards(since));
    return { shard, name: shardName(shard), subject: eventSubject(shard, ref) };
  }

  /**
   * The epoch of a stream's log: another one after the shard was deleted and made again, or when the number of
   * shards changed, since sequences then start anew (ADR 0004).
   *
   * @param since as {@link locate} has it. All who ask share the answers, so that ten thousand streams which look again
   *   after a reconnect cost a question a shard
   */
  async epoch(ref: StreamRef, since?: number): Promise<string> {
    return (await this.find(ref, since)).epoch;
  }

  /** Where a stream's events are, and the epoch of their log: both are asked for with every event. */
  async find(ref: StreamRef, since?: number): Promise<ShardPlace & { readonly epoch: string }> {
    const place = await this.locate(ref, since);
    const { shard, name } = place;
    let log = this.logs.get(shard);
    if (!isRecent(log, since)) {
      log = read(() => this.api.call(async ({ streams }) => logOf(await streams.info(name))));
      this.logs.set(shard, log);
      forgetFailure(log, (failed) => {
        if (this.logs.get(shard) === failed) this.logs.delete(shard);
      });
    }
    return { ...place, epoch: epochOf(await log.answer, name, ref) };
  }

  /** Copies of a shard, as an operator may have decided meanwhile. */
  async replicasOf(ref: StreamRef): Promise<number> {
    const { name } = await this.locate(ref);
    return (await this.api.call(({ streams }) => streams.info(name))).config.num_replicas;
  }

  /** Forgets what was read, since the system behind a new connection may be another one. */
  forget(): void {
    this.total = undefined;
    this.logs.clear();
  }

  /**
   * How many events of each stream can be replayed, in the same order. Many streams of a workspace cost one request
   * a shard, not one each; the client turns the pages of an answer that names more subjects than fit in one.
   */
  async counts(refs: readonly StreamRef[]): Promise<number[]> {
    const places = await Promise.all(refs.map((ref) => this.locate(ref)));
    const filters = new Map<string, { name: string; filter: string }>();
    for (const [n, { name, subject }] of places.entries()) {
      const key = `${name} ${refs[n]?.workspace}`;
      const filter = filters.has(key) ? subject.replace(/[^.]+$/, '*') : subject;
      filters.set(key, { name, filter });
    }
    const kept: Record<string, number> = {};
    const ask = async ({ name, filter }: { name: string; filter: string }) => {
      const { state } = await this.api.call(({ streams }) => streams.info(name, { subjects_filter: filter }));
      Object.assign(kept, state.subjects);
    };
    await Promise.all([...filters.values()].map(ask));
    return places.map(({ subject }) => kept[subject] ?? 0);
  }

  /**
   * From which sequence on nothing has been pushed out, by the leader's word: the oldest event that is kept, or 0
   * where fewer are kept than fit.
   */
  async wholeFrom(ref: StreamRef): Promise<number> {
    const [kept = 0] = await this.counts([ref]);
    return kept < KEPT_EVENTS ? 0 : ((await this.oldest(ref)) ?? 0);
  }

  /** The sequence of the oldest event that is kept, by the leader's word; undefined when there is none. */
  async oldest(ref: StreamRef): Promise<number | undefined> {
    const { name, subject } = await this.locate(ref);
    const query = { seq: 1, next_by_subj: subject };
    return (await this.api.call(({ streams }) => streams.getMessage(name, query)))?.seq;
  }

  /** Deletes the events of a stream before a sequence; all of them without one. */
  async purge(ref: StreamRef, beforeSeq?: number): Promise<void> {
    const { name, subject } = await this.locate(ref);
    const before = beforeSeq === undefined ? {} : { seq: beforeSeq };
    await this.api.call(({ streams }) => streams.purge(name, { filter: subject, ...before }));
  }

  /** Deletes all events of a stream but the newest. */
  async keepNewest(ref: StreamRef, events: number): Promise<void> {
    const { name, subject } = await this.locate(ref);
    await this.api.call(({ streams }) => streams.purge(name, { filter: subject, keep: events }));
  }

  /** Deletes messages of a stream by their sequences; those that are gone already do not matter. */
  async deleteMessages(ref: StreamRef, seqs: readonly number[]): Promise<void> {
    const { name } = await this.locate(ref);
    await deleteMessages(this.api, name, seqs);
  }

  private async provide(shard: number, shards: number, replicas: number): Promise<void> {
    await this.api.call(async ({ streams }) => {
      const name = shardName(shard);
      const rules = shardRules(shard, shards);
      const found = await unless(API_CODES.streamNotFound, streams.info(name));
      if (found === undefined) {
        // Another replica may be faster.
        await unless(API_CODES.streamNameInUse, streams.add(newShard(shard, shards, replicas)));
      } else if (breaksRules(found.config, rules)) {
        await streams.update(name, { ...rules, metadata: { ...found.config.metadata, ...rules.metadata } });
      }
    });
  }

  private shards(since: number | undefined): Promise<number> {
    if (!isRecent(this.total, since)) {
      this.total = read(async () => {
        const count = await this.readCount();
        if (count === undefined) throw new Problem('unavailable', 'The event log is not set up yet.');
        return count;
      });
      forgetFailure(this.total, (failed) => {
        if (this.total === failed) this.total = undefined;
      });
    }
    return this.total.answer;
  }

  private async readCount(): Promise<number | undefined> {
    const info = await this.api.call(({ streams }) =>
      unless(API_CODES.streamNotFound, streams.info(shardName(0))),
    );
    return info && shardCountIn(info.config);
  }
}

/** Deletes messages of a JetStream stream; those that are gone already do not matter. */
export async function deleteMessages(
  api: JetStreamApi,
  name: string,
  seqs: readonly number[],
): Promise<void> {
  await api.call(async ({ streams }) => {
    for (let at = 0; at < seqs.length; at += DELETED_AT_ONCE) {
      const deletions = seqs
        .slice(at, at + DELETED_AT_ONCE)
        .map((seq) => unless(API_CODES.noMessage, streams.deleteMessage(name, seq, false)));
      await Promise.all(deletions);
    }
  });
}

/** What was asked, and when, by `performance.now()`. */
interface Read<T> {
  readonly answer: Promise<T>;
  readonly askedAt: number;
}

function read<T>(ask: () => Promise<T>): Read<T> {
  return { answer: ask(), askedAt: performance.now() };
}

function isRecent<T>(known: Read<T> | undefined, since = Number.NEGATIVE_INFINITY): known is Read<T> {
  return known !== undefined && known.askedAt >= since;
}

function forgetFailure<T>(known: Read<T>, forget: (failed: Read<T>) => void): void {
  known.answer.catch(() => forget(known));
}
