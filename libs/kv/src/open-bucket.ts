import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '#libs/nats-connection';

/** Milliseconds that one request to NATS may take. */
export const REQUEST_MS = 2_000;

const STREAM_NAME_IN_USE = 10058;

export interface BucketConfig {
  readonly name: string;
  /** What an operator reads who finds it. */
  readonly description: string;
  /** Copies in a NATS cluster: 1, 3 or 5. Counts when the bucket is made. */
  readonly replicas: number;
}

/** A bucket as one connection reaches it. */
export interface OpenedBucket {
  readonly connection: NatsConnection;
  readonly kv: KV;
  readonly manager: JetStreamManager;
}

/** The JetStream stream under a bucket, by the naming rule of NATS KV. */
export function streamOf(bucket: string): string {
  return `KV_${bucket}`;
}

/** The subject of a key, by the same rule. */
export function subjectOf(bucket: string, key: string): string {
  return `$KV.${bucket}.${key}`;
}

/** Opens a bucket and makes it where it is missing. Reads of `kv` go to the leader. */
export async function openBucket(connection: NatsConnection, config: BucketConfig): Promise<OpenedBucket> {
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: REQUEST_MS });
  await provide(manager, config);
  const kvm = new Kvm(jetstream(connection, { timeout: REQUEST_MS }));
  return { connection, manager, kv: await kvm.open(config.name, { allow_direct: false }) };
}

async function provide({ streams }: JetStreamManager, config: BucketConfig): Promise<void> {
  const name = streamOf(config.name);
  try {
    const { config: found } = await streams.info(name);
    // Made before marks of removed keys could expire, or by hand.
    if (found.allow_msg_ttl !== true) await streams.update(name, { allow_msg_ttl: true });
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)) throw error;
    await streams.add(streamConfig(config)).catch((cause: unknown) => {
      // Another service was faster, with another number of replicas.
      if (!(cause instanceof JetStreamApiError && cause.code === STREAM_NAME_IN_USE)) throw cause;
    });
  }
}

/**
 * A bucket as the NATS tools make them, and one thing more: messages may expire, so that the marks of removed keys
 * do not pile up for ever. `Kvm.create` offers that only together with marks for expired values, which nothing
 * here needs.
 */
function streamConfig({ name, description, replicas }: BucketConfig) {
  return {
    name: streamOf(name),
    description,
    subjects: [subjectOf(name, '>')],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    allow_direct: true,
    allow_rollup_hdrs: true,
    deny_delete: true,
    allow_msg_ttl: true,
  };
}
