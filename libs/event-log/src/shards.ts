import { createHash } from 'node:crypto';
import {
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { IDEMPOTENCY_WINDOW_MS, Problem, REPLAY_EVENTS, type StreamRef } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';
import { eventSubject, shardName, shardOf } from './subjects.js';

const SHARDS_METADATA = 'runnel-shards';
const STREAM_NOT_FOUND = 10059;
const STREAM_NAME_IN_USE = 10058;
const NO_MESSAGE = 10037;

/**
 * Events that JetStream keeps of a stream: what is replayed, and as much again three times for gateways that were
 * cut off and come back while the stream goes on. Subscribers are never shown more than the replay (ADR 0005).
 */
export const KEPT_EVENTS = 4 * REPLAY_EVENTS;

export interface ShardSettings {
  /** JetStream streams that share the events, 1 to 1024; fixed when the system is first set up. */
  readonly shards: number;
  /** Copies of each shard in a NATS cluster: 1, 3 or 5. */
  readonly replicas: number;
}

/**
 * The JetStream streams that keep the events. Several rather than one, because a replay costs what lies
 * interleaved with the stream, not what is asked for (ADR 0003). Their number is written in the first shard's
 * metadata, so every service reads it from the system and none has to be told.
 */
export class Shards {
  private total: Promise<number> | undefined;
  private readonly created = new Map<number, Promise<string>>();

  /** @param link stays the caller's to close */
  constructor(private readonly link: NatsLink) {}

  /**
   * Creates what is missing. Any number of replicas may do so at once, and at every start.
   *
   * @returns the number of shards in force, which is the existing one if the system was set up before
   */
  async provision(settings: ShardSettings): Promise<number> {
    const shards = (await this.readCount()) ?? settings.shards;
    for (let shard = 0; shard < shards; shard += 1) {
      await this.api(({ streams }) => streams.add(shardConfig(shard, shards, settings.replicas))).catch(
        (error: unknown) => {
          // Another setting of replicas is an operator's decision, made on the stream itself.
          if (!(error instanceof JetStreamApiError && error.code === STREAM_NAME_IN_USE)) throw error;
        },
      );
    }
    this.total = Promise.resolve(shards);
    return shards;
  }

  /** The shard and subject of a stream. Throws Problem `unavailable` while the system is not set up. */
  async locate(ref: StreamRef): Promise<{ shard: number; name: string; subject: string }> {
    const shard = shardOf(ref, await this.shards());
    return { shard, name: shardName(shard), subject: eventSubject(shard, ref) };
  }

  /**
   * The epoch of a stream's log: another one after the shard was deleted and made again, or when the number of
   * shards changed, since sequences then start anew (ADR 0004).
   */
  async epoch(ref: StreamRef): Promise<string> {
    const { shard, name } = await this.locate(ref);
    let created = this.created.get(shard);
    if (created === undefined) {
      created = this.api(async ({ streams }) => (await streams.info(name)).created);
      this.created.set(shard, created);
      created.catch(() => this.created.delete(shard));
    }
    const digest = createHash('sha256').update(`${await created}\0${name}\0${ref.workspace}\0${ref.stream}`);
    return digest.digest('hex').slice(0, 12);
  }

  /** Forgets what was read, since the system behind a new connection may be another one. */
  forget(): void {
    this.total = undefined;
    this.created.clear();
  }

  private shards(): Promise<number> {
    this.total ??= this.readCount().then((count) => {
      if (count === undefined) throw new Problem('unavailable', 'The event log is not set up yet.');
      return count;
    });
    this.total.catch(() => {
      this.total = undefined;
    });
    return this.total;
  }

  private async readCount(): Promise<number | undefined> {
    try {
      const { config } = await this.api(({ streams }) => streams.info(shardName(0)));
      const count = Number(config.metadata?.[SHARDS_METADATA]);
      return Number.isInteger(count) && count > 0 ? count : undefined;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
      throw error;
    }
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
      const { state } = await this.api(({ streams }) => streams.info(name, { subjects_filter: filter }));
      Object.assign(kept, state.subjects);
    };
    await Promise.all([...filters.values()].map(ask));
    return places.map(({ subject }) => Math.min(REPLAY_EVENTS, kept[subject] ?? 0));
  }

  /** Deletes all events of a stream. */
  async purge(ref: StreamRef): Promise<void> {
    const { name, subject } = await this.locate(ref);
    await this.api(({ streams }) => streams.purge(name, { filter: subject }));
  }

  /** Deletes messages of a stream by their sequences; those that are gone already do not matter. */
  async deleteMessages(ref: StreamRef, seqs: readonly number[]): Promise<void> {
    const { name } = await this.locate(ref);
    await this.api(async ({ streams }) => {
      for (const seq of seqs) {
        await streams.deleteMessage(name, seq, false).catch((error: unknown) => {
          if (!(error instanceof JetStreamApiError && error.code === NO_MESSAGE)) throw error;
        });
      }
    });
  }

  private api<T>(call: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    return this.link.whileUp(async (connection) =>
      call(await jetstreamManager(connection, { checkAPI: false, timeout: 5_000 })),
    );
  }
}

function shardConfig(shard: number, shards: number, replicas: number) {
  return {
    name: shardName(shard),
    description:
      'Events of Runnel. Its subjects, limits and republish belong to Runnel: do not edit by hand.',
    subjects: [`events.${shard}.*.*`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    num_replicas: replicas,
    max_msgs_per_subject: KEPT_EVENTS,
    duplicate_window: IDEMPOTENCY_WINDOW_MS * 1_000_000,
    allow_direct: true,
    republish: { src: `events.${shard}.*.*`, dest: 'live.{{wildcard(1)}}.{{wildcard(2)}}' },
    metadata: { [SHARDS_METADATA]: String(shards) },
  };
}
