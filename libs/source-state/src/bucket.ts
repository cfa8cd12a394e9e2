import { JetStreamApiCodes, JetStreamApiError, jetstream, StorageType } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import { Problem } from '#libs/contracts';
import type { NatsConnection, NatsLink } from '#libs/nats-connection';

const BUCKET = 'RUNNEL_SOURCE_STATE';

/** Milliseconds that one request to NATS may take. */
const REQUEST_TIMEOUT_MS = 2_000;

/** How long NATS keeps the mark of a removed key, so that marks do not pile up for ever. */
const REMOVAL_MARK_MS = 10 * 60_000;
const REMOVAL_MARK_TTL = '10m';

/** What a key keeps, and the revision to name when it is written over. */
export interface Kept {
  readonly text: string;
  readonly revision: number;
}

/**
 * The KV bucket of the sources' states, made when it is missing. Reads go to the leader: a replica that lags
 * would let an event pass that was seen a moment ago.
 */
export class Bucket {
  private opened: { connection: NatsConnection; kv: Promise<KV> } | undefined;

  /** @param link stays the caller's to close */
  constructor(
    private readonly link: NatsLink,
    private readonly replicas: number,
  ) {}

  async read(key: string): Promise<Kept | undefined> {
    return keptIn(await this.ask((kv) => kv.get(key)));
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
    const expected = revision === undefined ? {} : { previousSeq: revision };
    await this.ask((kv) => unlessOvertaken(kv.purge(key, { ttl: REMOVAL_MARK_TTL, ...expected })));
  }

  /** @throws Problem `unavailable` whatever goes wrong: nothing that can go wrong here is the caller's doing */
  private async ask<T>(request: (kv: KV) => Promise<T>): Promise<T> {
    try {
      return await this.link.whileUp(async (connection) => request(await this.open(connection)));
    } catch (cause) {
      // Whatever it was, the bucket may be gone: the next call looks for it anew.
      this.opened = undefined;
      throw new Problem('unavailable', 'The state of the source cannot be reached at the moment.', { cause });
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
  const kvm = new Kvm(jetstream(connection, { timeout: REQUEST_TIMEOUT_MS }));
  try {
    await kvm.create(BUCKET, {
      description: 'Positions and errors of the sources of Runnel. Belongs to Runnel: do not edit by hand.',
      storage: StorageType.File,
      // Allows marks that expire.
      markerTTL: REMOVAL_MARK_MS,
      replicas,
    });
  } catch (error) {
    // It exists already, with another number of replicas.
    if (!(error instanceof JetStreamApiError && error.code === STREAM_NAME_IN_USE)) throw error;
  }
  return kvm.open(BUCKET, { allow_direct: false });
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

function keptIn(entry: KvEntry | null): Kept | undefined {
  return entry?.operation === 'PUT' ? { text: entry.string(), revision: entry.revision } : undefined;
}
