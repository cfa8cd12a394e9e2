import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamConfig, StreamState } from '@nats-io/jetstream';
import { z } from 'zod';
import { BackupError } from './errors.js';

const FILE = 'backup.json';
/** Of the form of backups: raised when an older Runnel could not read a newer one. */
const VERSION = 1;

const streamSchema = z.object({
  /** Beside this file. */
  file: z.string().regex(/^[\w.-]+$/),
  sha256: z.string(),
  bytes: z.number(),
  /** When the JetStream stream was made, as nats-server wrote it. */
  created: z.string(),
  config: z.looseObject({ name: z.string() }).transform((config) => config as unknown as StreamConfig),
  state: z
    .looseObject({ messages: z.number(), last_seq: z.number() })
    .transform((state) => state as unknown as StreamState),
});
const manifestSchema = z.object({
  version: z.literal(VERSION),
  madeAt: z.string(),
  streams: z.array(streamSchema).min(1),
});

export type StreamBackup = z.output<typeof streamSchema>;
export type Manifest = z.output<typeof manifestSchema>;

/** Where the list of a backup's files is: written last, so a backup that was broken off has none. */
export function manifestPath(dir: string): string {
  return join(dir, FILE);
}

export function newManifest(streams: readonly StreamBackup[]): Manifest {
  return { version: VERSION, madeAt: new Date().toISOString(), streams: [...streams] };
}

/** @throws BackupError when there is no whole backup in the directory */
export async function readManifest(dir: string): Promise<Manifest> {
  const text = await readFile(manifestPath(dir), 'utf8').catch((cause: unknown) => {
    throw new BackupError(`${dir} has no ${FILE}: it is no backup, or was not finished.`, { cause });
  });
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BackupError(`${manifestPath(dir)} cannot be read.`, { cause });
  }
}
