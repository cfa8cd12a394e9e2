import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { type Cursors, restoredConfigs } from '#libs/event-log';
import type { NatsConnection } from '#libs/nats-connection';
import { BackupError } from './errors.js';
import { readManifest, type StreamBackup } from './manifest.js';
import { restoreStream } from './restore-stream.js';

export interface RestoreOptions {
  /** Copies of everything: 1, 3 or 5, with as many servers. Default: as many as there were. */
  readonly replicas: number | undefined;
  /** Whether cursors that were given out still count; `keep` only where nothing was published since the backup. */
  readonly cursors: Cursors;
  readonly onProgress?: (text: string) => void;
}

/**
 * Brings a backup into an account that has none of its streams. Services must not run meanwhile: they would make
 * what they miss. Every file is looked at before the first is restored.
 *
 * @throws BackupError
 */
export async function restore(
  connection: NatsConnection,
  dir: string,
  { replicas, cursors, onProgress = () => {} }: RestoreOptions,
): Promise<void> {
  const { streams } = await readManifest(dir);
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const there = new Set<string>();
  for await (const name of manager.streams.names()) there.add(name);
  const known = streams.filter(({ config }) => there.has(config.name));
  if (known.length > 0) {
    const some = known.slice(0, 3).map(({ config }) => config.name);
    throw new BackupError(
      `${some.join(', ')} … are there already: restore into an empty system, with the services stopped.`,
    );
  }
  for (const stream of streams) await requireWhole(dir, stream);
  const configs = restoredConfigs(streams, { replicas, cursors });
  for (const [index, stream] of streams.entries()) {
    const config = configs[index] ?? stream.config;
    onProgress(`Restoring ${config.name} …`);
    await restoreStream(connection, stream, config, join(dir, stream.file));
  }
}

async function requireWhole(dir: string, { file, sha256 }: StreamBackup): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(dir, file)), hash).catch((cause: unknown) => {
    throw new BackupError(`${file} cannot be read.`, { cause });
  });
  if (hash.digest('hex') !== sha256) throw new BackupError(`${file} is not what was backed up.`);
}
