import { JetStreamApiCodes, JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm, KvWatchInclude } from '@nats-io/kv';
import { Problem } from '#libs/contracts';
import type { NatsConnection, NatsLink } from '#libs/nats-connection';
import { BUCKET, bucketConfig, STREAM } from './bucket-config.js';

/** Milliseconds that one request to NATS may take; every call of the catalogue is a small number of them. */
const REQUEST_TIMEOUT_MS = 2_000;

/** How long NATS keeps the mark of a removed key. Whoever missed it reads again anyway ({@link Feed}). */
const REMOVAL_MARK_TTL = '10m';

/** What a key keeps. */
export interface Kept {
  readonly text: string;
  /** Sequence of the write: grows with each write to the bucket. */
  readonly revision: number;
}

/** A write as the feed tells it. */
export interface Update {
  readonly key: string;
  readonly revision: number;
  /** Undefined when the key was removed. */
  readonly kept: Kept | undefined;
}

export interface Updates extends AsyncIterable<Update> {
  stop(): void;
}

/**
 * The catalogue's KV bucket, made when it is missing.
 *
 * Reads go to the leader, not to the nearest replica: a replica that lags would answer 404 to whoever just
 * created something, and would hide changes from a cache that has heard of them already.
 */
export class Bucket {
  private opened: { connection: NatsConnection; kv: Promise<KV> } | undefined;

  constructor(
    private readonly link: NatsLink,
    private readonly replicas: number,
  ) {}

  async read(key: string): Promise<Kept | undefined> {
    const entry = await this.ask((kv) => kv.get(key));
    return entry === null ? undefined : keptIn(entry);
  }

  /** Writes a key that keeps nothing. @returns the revision, or undefined when it keeps something */
  create(key: string, text: string): Promise<number | undefined> {
    return this.ask((kv) => unlessOvertaken(kv.create(key, text)));
  }

  /** Writes over a known revision. @returns the new one, or undefined when the key changed meanwhile */
  replace(key: string, text: string, revision: number): Promise<number | undefined> {
    return this.ask((kv) => unlessOvertaken(kv.update(key, text, revision)));
  }

  /** Removes a key; with a revision only as long as the key has it. */
  async remove(key: string, revision?: number): Promise<void> {
    const previousSeq = revision === undefined ? {} : { previousSeq: revision };
    await this.ask((kv) => unlessOvertaken(kv.purge(key, { ttl: REMOVAL_MARK_TTL, ...previousSeq })));
  }

  /** The keys that match, such as `name.default.*`; among them some that were removed lately. */
  async keys(pattern: string): Promise<string[]> {
    const prefix = `$KV.${BUCKET}.`;
    const info = await this.ask(async (_, connection) =>
      (await manager(connection)).streams.info(STREAM, { subjects_filter: prefix + pattern }),
    );
    return Object.keys(info.state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
  }

  /** The revision of the newest write to any key. */
  async lastRevision(): Promise<number> {
    const info = await this.ask(async (_, connection) => (await manager(connection)).streams.info(STREAM));
    return info.state.last_seq;
  }

  /** Writes after a revision, as they happen. Whoever asks for them stops them. */
  async updatesAfter(revision: number): Promise<Updates> {
    const watch = await this.ask((kv) =>
      kv.watch({ include: KvWatchInclude.UpdatesOnly, resumeFromRevision: revision + 1 }),
    );
    async function* updates(): AsyncGenerator<Update> {
      for await (const entry of watch) {
        yield { key: entry.key, revision: entry.revision, kept: keptIn(entry) };
      }
    }
    return { [Symbol.asyncIterator]: updates, stop: () => watch.stop() };
  }

  /** @throws Problem `unavailable` whatever goes wrong: nothing that can go wrong here is the caller's doing */
  private async ask<T>(request: (kv: KV, connection: NatsConnection) => Promise<T>): Promise<T> {
    const connection = this.link.connection();
    try {
      return await request(await this.open(connection), connection);
    } catch (cause) {
      // Whatever it was, the bucket may be gone: the next call looks for it anew.
      this.opened = undefined;
      throw new Problem('unavailable', 'The catalogue cannot be reached at the moment.', { cause });
    }
  }

  private open(connection: NatsConnection): Promise<KV> {
    if (this.opened?.connection !== connection) {
      this.opened = { connection, kv: openBucket(connection, this.replicas) };
    }
    return this.opened.kv;
  }
}

async function openBucket(connection: NatsConnection, replicas: number): Promise<KV> {
  const { streams } = await manager(connection);
  try {
    await streams.info(STREAM);
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)) throw error;
    await streams.add(bucketConfig(replicas)).catch((cause: unknown) => {
      // Another service was faster, with another number of replicas.
      if (!(cause instanceof JetStreamApiError && cause.code === STREAM_NAME_IN_USE)) throw cause;
    });
  }
  const kvm = new Kvm(jetstream(connection, { timeout: REQUEST_TIMEOUT_MS }));
  return kvm.open(BUCKET, { allow_direct: false });
}

function manager(connection: NatsConnection) {
  return jetstreamManager(connection, { checkAPI: false, timeout: REQUEST_TIMEOUT_MS });
}

const STREAM_NAME_IN_USE = 10058;
const OVERTAKEN: readonly number[] = [
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
];

/** Undefined instead of the error with which NATS refuses a write over another revision than the expected one. */
async function unlessOvertaken<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof JetStreamApiError && OVERTAKEN.includes(error.code)) return undefined;
    throw error;
  }
}

function keptIn(entry: KvEntry): Kept | undefined {
  return entry.operation === 'PUT' ? { text: entry.string(), revision: entry.revision } : undefined;
}
