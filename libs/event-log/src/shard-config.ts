import { RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { IDEMPOTENCY_WINDOW_MS, REPLAY_EVENTS } from '#libs/contracts';
import { shardName } from './subjects.js';

const SHARDS_METADATA = 'runnel-shards';
/** What tells a log that was restored from others of its name, in place of the time of its creation. */
export const LOG_METADATA = 'runnel-log';

/**
 * Events that a shard keeps of a stream: what is replayed, and as much again three times for gateways that were
 * cut off and come back while the stream goes on (ADR 0005), and for archives that are behind (ADR 0014).
 */
export const KEPT_EVENTS = 4 * REPLAY_EVENTS;

/** What Runnel decides about a shard, whoever made it and when. */
export function shardRules(shard: number, shards: number) {
  return {
    description:
      'Events of Runnel. Its subjects, limits and republish belong to Runnel: do not edit by hand.',
    subjects: [`events.${shard}.*.*`],
    max_msgs_per_subject: KEPT_EVENTS,
    duplicate_window: IDEMPOTENCY_WINDOW_MS * 1_000_000,
    allow_direct: true,
    republish: { src: `events.${shard}.*.*`, dest: 'live.{{wildcard(1)}}.{{wildcard(2)}}' },
    metadata: { [SHARDS_METADATA]: String(shards) },
  };
}

/** A new shard. How many copies there are of it may be changed later, by an operator. */
export function newShard(shard: number, shards: number, replicas: number) {
  return {
    ...shardRules(shard, shards),
    name: shardName(shard),
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    num_replicas: replicas,
  };
}

/** The number of shards that the system was set up with, which each of them knows. */
export function shardCountIn({ metadata }: StreamConfig): number | undefined {
  const count = Number(metadata?.[SHARDS_METADATA]);
  return Number.isInteger(count) && count > 0 ? count : undefined;
}

/** Whether a JetStream stream is one of those that keep events. */
export function isShard({ name, metadata }: StreamConfig): boolean {
  return metadata?.[SHARDS_METADATA] !== undefined && /^EVENTS_\d+$/.test(name);
}

/** What tells the log of a shard from an earlier one of the same name. */
export function logOf({ config, created }: { config: StreamConfig; created: string }): string {
  return config.metadata?.[LOG_METADATA] ?? created;
}

/** Whether a shard is kept by other rules: an earlier version made it, or somebody has edited it. */
export function breaksRules(config: StreamConfig, rules: ReturnType<typeof shardRules>): boolean {
  const { metadata, ...others } = rules;
  const found = config as unknown as Record<string, unknown>;
  const differs = Object.entries(others).some(([key, value]) => !sameValue(found[key], value));
  return differs || shardCountIn(config) !== Number(metadata[SHARDS_METADATA]);
}

function sameValue(found: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  if (typeof found !== 'object' || found === null) return false;
  return Object.entries(wanted).every(([key, value]) =>
    sameValue((found as Record<string, unknown>)[key], value),
  );
}
