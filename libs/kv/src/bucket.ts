import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { type KvEntry, KvWatchInclude } from '@nats-io/kv';
import { Problem } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';
import { lastMessages } from './last-messages.js';
import {
  type BucketConfig,
  type OpenedBucket,
  openBucket,
  REQUEST_MS,
  streamOf,
  subjectOf,
} from './open-bucket.js';

/** Keys read in one request; the server takes at most 1024. */
const READ_TOGETHER = 500;
/** Attempts at a change that others get in the way of. */
const ATTEMPTS = 10;
/** How long NATS keeps the mark of a removed key. Whoever missed it reads the key again anyway. */
const REMOVAL_MARK_TTL = '10m';

/** Status of an answer that has nothing to tell. */
const NOT_FOUND = 404;

const KEY = /^[-/=\w]+(?:\.[-/=\w]+)*$/;
const OVERTAKEN: readonly number[] = [
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
];

export interface BucketOptions extends BucketConfig {
  /** What callers are told while the bucket cannot be used: one sentence about what it keeps. */
  readonly unavailable: string;
}

/** What a key keeps. */
export interface Kept {
  readonly text: string;
  /** To be named when it is written over. Grows with each write to the bucket. */
  readonly revision: number;
}

/** A write as {@link Bucket.updatesAfter} tells it. */
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
 * A NATS KV bucket, made when it is missing, for the life of a service.
 *
 * Reads go to the leader, except {@link readMany}: a replica that lags would answer 404 to whoever just created
 * something, and would let a revoked key in. Everything is bounded in time.
 *
 * Every method rejects with Problem `unavailable` when NATS cannot do it, since nothing that can go wrong there is
 * the doing of whoever asked; and with a TypeError for what cannot be a key, since no text of a caller may become
 * one unchecked.
 */
export class Bucket {
  private opened: Promise<OpenedBucket> | undefined;
  private openedOn: unknown;

  /** Returns at once, whether NATS is there or not. @param link stays the caller's to close */
  constructor(
    private readonly link: NatsLink,
    private readonly options: BucketOptions,
  ) {}

  async read(key: string): Promise<Kept | undefined> {
    requireKey(key);
    return keptIn(await this.use(({ kv }) => kv.get(key)));
  }

  /**
   * Reads many keys in few requests, from the nearest replica: what was written a moment ago may be old here. A
   * key that seems to be missing is asked for again, from the leader.
   */
  async readMany(keys: readonly string[]): Promise<Map<string, Kept>> {
    for (const key of keys) requireKey(key);
    const found = new Map<string, Kept>();
    for (let at = 0; at < keys.length; at += READ_TOGETHER) {
      const batch = keys.slice(at, at + READ_TOGETHER);
      const subjects = batch.map((key) => this.subjectOf(key));
      const newest = await this.use(({ manager }) =>
        lastMessages(manager, this.stream, subjects, REQUEST_MS),
      );
      for (const key of batch) {
        const kept = newest.get(this.subjectOf(key)) ?? (await this.read(key));
        if (kept !== undefined) found.set(key, kept);
      }
    }
    return found;
  }

  /** Writes a key, whatever it keeps. @returns the revision */
  async write(key: string, text: string): Promise<number> {
    requireKey(key);
    return this.use(({ kv }) => kv.put(key, text));
  }

  /** Writes a key that keeps nothing. @returns the revision, or undefined when it keeps something */
  async create(key: string, text: string): Promise<number | undefined> {
    requireKey(key);
    return this.use(({ kv }) => unlessOvertaken(kv.create(key, text)));
  }

  /** Writes over a known revision. @returns the new one, or undefined when the key changed meanwhile */
  async replace(key: string, text: string, revision: number): Promise<number | undefined> {
    requireKey(key);
    return this.use(({ kv }) => unlessOvertaken(kv.update(key, text, revision)));
  }

  /**
   * Changes what a key keeps. Of many who do so at once each one's change is made to what the one before left.
   *
   * @param to gets what the key keeps, undefined for nothing, and answers what it shall keep, undefined to leave
   *   it; called once an attempt
   * @returns what was written, or undefined when it was left
   * @throws Problem `unavailable` when others are faster again and again; whatever `to` throws
   */
  async change(
    key: string,
    to: (text: string | undefined) => string | undefined,
  ): Promise<string | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const kept = await this.read(key);
      const text = to(kept?.text);
      if (text === undefined) return undefined;
      const written =
        kept === undefined ? await this.create(key, text) : await this.replace(key, text, kept.revision);
      if (written !== undefined) return text;
    }
    throw new Problem('unavailable', 'Too many requests change the same thing at the moment.');
  }

  /** Removes a key; with a revision only as long as the key has it. Whoever follows the updates is told. */
  async remove(key: string, revision?: number): Promise<void> {
    requireKey(key);
    const previousSeq = revision === undefined ? {} : { previousSeq: revision };
    await this.use(({ kv }) => unlessOvertaken(kv.purge(key, { ttl: REMOVAL_MARK_TTL, ...previousSeq })));
  }

  /** Removes a key without leaving a mark: {@link keys} knows it no more at once, and no update tells of it. */
  async erase(key: string): Promise<void> {
    requireKey(key);
    const filter = this.subjectOf(key);
    await this.use(({ manager }) => manager.streams.purge(this.stream, { filter }));
  }

  /** The keys that match a pattern, such as `name.default.*`; among them some that were {@link remove}d lately. */
  async keys(pattern: string): Promise<string[]> {
    const subjects_filter = this.subjectOf(pattern);
    const info = await this.use(({ manager }) => manager.streams.info(this.stream, { subjects_filter }));
    const start = this.subjectOf('').length;
    return Object.keys(info.state.subjects ?? {}).map((subject) => subject.slice(start));
  }

  /**
   * How many keys match a pattern, in one small request however many they are; counts those that were
   * {@link remove}d lately, as {@link keys} does. From the nearest replica, which may not have the latest yet.
   */
  async count(pattern: string): Promise<number> {
    const question = JSON.stringify({ next_by_subj: this.subjectOf(pattern), seq: 1, batch: 1 });
    return this.use(async ({ connection }) => {
      const subject = `$JS.API.DIRECT.GET.${this.stream}`;
      const { headers } = await connection.request(subject, question, { timeout: REQUEST_MS });
      if (headers?.code === NOT_FOUND) return 0;
      const pending = Number(headers?.get('Nats-Num-Pending') || Number.NaN);
      if (!Number.isSafeInteger(pending)) throw new Error('The keys could not be counted.');
      return pending + 1;
    });
  }

  /** The revision of the newest write to any key. */
  async lastRevision(): Promise<number> {
    const info = await this.use(({ manager }) => manager.streams.info(this.stream));
    return info.state.last_seq;
  }

  /** Writes after a revision, as they happen. Whoever asks for them stops them. */
  async updatesAfter(revision: number): Promise<Updates> {
    const include = KvWatchInclude.UpdatesOnly;
    const watch = await this.use(({ kv }) => kv.watch({ include, resumeFromRevision: revision + 1 }));
    async function* updates(): AsyncGenerator<Update> {
      for await (const entry of watch) {
        yield { key: entry.key, revision: entry.revision, kept: keptIn(entry) };
      }
    }
    return { [Symbol.asyncIterator]: updates, stop: () => watch.stop() };
  }

  private get stream(): string {
    return streamOf(this.options.name);
  }

  private subjectOf(key: string): string {
    return subjectOf(this.options.name, key);
  }

  private async use<T>(work: (opened: OpenedBucket) => Promise<T>): Promise<T> {
    try {
      return await this.link.whileUp(async (connection) => {
        if (this.opened === undefined || this.openedOn !== connection) {
          this.openedOn = connection;
          this.opened = openBucket(connection, this.options);
        }
        return work(await this.opened);
      });
    } catch (error) {
      // Whatever it was, the bucket may be gone: the next call looks for it anew.
      this.opened = undefined;
      if (error instanceof Problem) throw error;
      throw new Problem('unavailable', this.options.unavailable, { cause: error });
    }
  }
}

function requireKey(key: string): void {
  if (!KEY.test(key)) throw new TypeError('This text cannot be a key.');
}

/** Undefined instead of the error with which NATS refuses a write over another revision than the expected one. */
async function unlessOvertaken<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof JetStreamApiError && OVERTAKEN.includes(error.code)) return undefined;
    throw error;
  }
}

function keptIn(entry: KvEntry | null): Kept | undefined {
  return entry?.operation === 'PUT' ? { text: entry.string(), revision: entry.revision } : undefined;
}
