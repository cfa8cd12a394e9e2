import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '#libs/nats-connection';
import { BackupError } from './errors.js';
import { type Manifest, manifestPath, newManifest, type StreamBackup } from './manifest.js';
import { persistently } from './persistently.js';
import { snapshotStream } from './snapshot-stream.js';

/** A leader that changes breaks a snapshot off. */
const ATTEMPTS = 3;
const RETRY_MS = 1_000;

/**
 * Writes everything that JetStream keeps in the account of the services into a directory, while they go on. Each
 * stream is whole in itself; what a later one says may be newer than what an earlier one does, so the order counts:
 * archives before the events that they are filled from, and events before the catalogue that names them, or what a
 * restore brings back could be ahead of what it belongs to.
 *
 * @param dir made if need be; must be empty
 * @throws BackupError
 */
export async function backUp(
  connection: NatsConnection,
  dir: string,
  onProgress: (text: string) => void = () => {},
): Promise<Manifest> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0) throw new BackupError(`${dir} is not empty.`);
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const names: string[] = [];
  for await (const name of manager.streams.names()) names.push(name);
  if (names.length === 0) throw new BackupError('There is nothing to back up in this account.');
  const streams: StreamBackup[] = [];
  for (const name of names.sort(inOrder)) {
    onProgress(`Reading ${name} …`);
    const { created } = await manager.streams.info(name);
    const file = `${name}.snapshot`;
    const read = await persistently(() => snapshotStream(connection, name, join(dir, file)), {
      attempts: ATTEMPTS,
      pauseMs: RETRY_MS,
    });
    streams.push({ file, created, ...read });
  }
  const manifest = newManifest(streams);
  const path = manifestPath(dir);
  await writeFile(`${path}.new`, `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return manifest;
}

function inOrder(a: string, b: string): number {
  return turnOf(a) - turnOf(b) || (a < b ? -1 : 1);
}

function turnOf(name: string): number {
  if (name.startsWith('ARCHIVE_')) return 0;
  return name.startsWith('EVENTS_') ? 1 : 2;
}
