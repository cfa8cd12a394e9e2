import { randomBytes } from 'node:crypto';
import type { StreamConfig } from '@nats-io/jetstream';
import { archivedRef, withEpoch } from './archive/archive-form.js';
import { isShard, LOG_METADATA, logOf, shardCountIn } from './shard-config.js';
import { epochOf, shardName, shardOf } from './subjects.js';

/**
 * Whether cursors from before a restore still count. `keep` where it has all that was ever published. `new` where
 * something was published since the backup: its sequences are given out once more, to other events, so whoever has
 * seen the old ones must be told `runnel.gap` rather than be left to believe that nothing is missing.
 */
export type Cursors = 'keep' | 'new';

interface KeptConfig {
  readonly config: StreamConfig;
  /** When the JetStream stream was made, as nats-server wrote it. */
  readonly created: string;
}

/**
 * The configuration with which each JetStream stream of a backup is made again: with other replicas, and told as the
 * log that it was, or as another one, since nats-server does not always keep the time of its creation.
 */
export function restoredConfigs(
  streams: readonly KeptConfig[],
  { replicas, cursors }: { readonly replicas: number | undefined; readonly cursors: Cursors },
): StreamConfig[] {
  const first = streams.find(({ config }) => config.name === shardName(0));
  const shards = first && shardCountIn(first.config);
  const logs = new Map(
    streams
      .filter(({ config }) => isShard(config))
      .map((stream) => [
        stream.config.name,
        cursors === 'keep' ? logOf(stream) : randomBytes(12).toString('base64url'),
      ]),
  );
  return streams.map(({ config }) => {
    const copies = { ...config, num_replicas: replicas ?? config.num_replicas };
    const log = logs.get(config.name);
    if (log !== undefined) return { ...copies, metadata: { ...config.metadata, [LOG_METADATA]: log } };
    const ref = archivedRef(config);
    if (ref === undefined || shards === undefined) return copies;
    const shard = shardName(shardOf(ref, shards));
    const shardsLog = logs.get(shard);
    // An archive belongs to a log, and would be begun anew beside another one.
    return shardsLog === undefined ? copies : withEpoch(copies, epochOf(shardsLog, shard, ref));
  });
}
