import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import { Problem } from '#libs/contracts';
import type { NatsConnection, NatsLink } from '#libs/nats-connection';
import { lastMessages } from './last-messages.js';

/** Milliseconds for one request to NATS; each method here makes a small number of them. */
const REQUEST_MS = 2_000;
/** Keys read in one request; the server takes at most 1024. */
const READ_TOGETHER = 500;
const STREAM_NAME_IN_USE = 10058;
const OVERTAKEN: readonly number[] = [
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
];

export interface BucketOptions {
  readonly name: string;
  readonly description: string;
  /** Copies in a NATS cluster: 1, 3 or 5. Counts when the bucket is made. */
  readonly replicas: number;
}

/** What a key keeps, and the revision to name when it is written over. */
export interface Kept {
  readonly text: string;
  readonly revision: number;
}

interface Opened {
  readonly connection: NatsConnection;
  readonly kv: KV;
  readonly manager: JetStreamManager;
}

/**
 * A NATS KV bucket, made when it is missing.
 *
 * Reads go to the leader: a replica that lags would let a revoked key in and a new one out. The exception is
 * {@link readMany}. Everything is bounded in time, and whatever fails is Problem `unavailable`, since nothing
 * that can go wrong here is the doing of whoever asked.
 */
export class Bucket {
  private opened: Promise<Opened> | undefined;

  /** @param link stays the caller's to close */
  constructor(
    private readonly link: NatsLink,
    private readonly options: BucketOptions,
  ) {}

  async read(key: string): Promise<Kept | undefined> {
    return keptIn(await this.use(({ kv }) => kv.get(key)));
  }

  /**
   * Reads many keys in few requests, from the nearest replica: what was written a moment ago may be old here. A
   * key that seems to be missing is asked for again, from the leader.
   */
  async readMany(keys: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (let at = 0; at < keys.length; at += READ_TOGETHER) {
      const batch = keys.slice(at, at + READ_TOGETHER);
      const subjects = batch.map((key) => this.prefix + key);
      const texts = await this.use(({ manager }) => lastMessages(manager, this.stream, subjects, REQUEST_MS));
      for (const key of batch) {
        const text = texts.get(this.prefix + key) ?? (await this.read(key))?.text;
        if (text !== undefined) found.set(key, text);
      }
    }
    return found;
  }

  /** Writes a key that keeps nothing. @returns false when it keeps something */
  create(key: string, text: string): Promise<boolean> {
    return this.use(({ kv }) => unlessOvertaken(kv.create(key, text)));
  }

  /** Writes over a known revision. @returns false when the key changed meanwhile */
  replace(key: string, text: string, revision: number): Promise<boolean> {
    return this.use(({ kv }) => unlessOvertaken(kv.update(key, text, revision)));
  }

  async write(key: string, text: string): Promise<void> {
    await this.use(({ kv }) => kv.put(key, text));
  }

  /** Removes a key without leaving a mark, so nobody may be waiting for its change. */
  async remove(key: string): Promise<void> {
    await this.use(({ manager }) => manager.streams.purge(this.stream, { filter: this.prefix + key }));
  }

  /** The keys that match a pattern, such as `ws.default.*`. */
  async keys(pattern: string): Promise<string[]> {
    const { stream, prefix } = this;
    const info = await this.use(({ manager }) =>
      manager.streams.info(stream, { subjects_filter: prefix + pattern }),
    );
    return Object.keys(info.state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
  }

  /** The JetStream stream and the subjects under the bucket, by the naming rule of NATS KV. */
  private get stream(): string {
    return `KV_${this.options.name}`;
  }

  private get prefix(): string {
    return `$KV.${this.options.name}.`;
  }

  private async use<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    try {
      return await this.link.whileUp(async (connection) => work(await this.open(connection)));
    } catch (error) {
      // Whatever it was, the bucket may be gone: the next call looks for it anew.
      this.opened = undefined;
      if (error instanceof Problem) throw error;
      throw new Problem('unavailable', 'The keys cannot be read or written at the moment.', { cause: error });
    }
  }

  private async open(connection: NatsConnection): Promise<Opened> {
    const opened = await this.opened;
    if (opened?.connection === connection) return opened;
    this.opened = openBucket(connection, this.options);
    return this.opened;
  }
}

async function openBucket(connection: NatsConnection, options: BucketOptions): Promise<Opened> {
  const kvm = new Kvm(jetstream(connection, { timeout: REQUEST_MS }));
  await kvm
    .create(options.name, { description: options.description, replicas: options.replicas, history: 1 })
    .catch((error: unknown) => {
      // Another service was faster, with another number of replicas.
      if (!(error instanceof JetStreamApiError && error.code === STREAM_NAME_IN_USE)) throw error;
    });
  return {
    connection,
    kv: await kvm.open(options.name, { allow_direct: false }),
    manager: await jetstreamManager(connection, { checkAPI: false, timeout: REQUEST_MS }),
  };
}

/** False instead of the error with which NATS refuses a write over another revision than the expected one. */
async function unlessOvertaken(write: Promise<number>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiError && OVERTAKEN.includes(error.code)) return false;
    throw error;
  }
}

function keptIn(entry: KvEntry | null): Kept | undefined {
  if (entry === null || entry.operation !== 'PUT') return undefined;
  return { text: entry.string(), revision: entry.revision };
}
