import { createReadStream } from 'node:fs';
import type { StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '#libs/nats-connection';
import { BackupError } from './errors.js';
import { ask, send } from './jetstream-request.js';
import type { StreamBackup } from './manifest.js';
import { persistently } from './persistently.js';

const CHUNK_BYTES = 128 * 1024;
/** A cluster that has just started may not know yet whom it can give the copies to. */
const ATTEMPTS = 10;
const RETRY_MS = 1_000;

/**
 * Makes a JetStream stream out of its file.
 *
 * @param config in place of the one that it had
 * @throws BackupError; nothing of the stream is there then
 */
export async function restoreStream(
  connection: NatsConnection,
  { state }: StreamBackup,
  config: StreamConfig,
  path: string,
): Promise<void> {
  const { name } = config;
  const what = `STREAM.RESTORE.${name}`;
  const begin = () => ask<{ deliver_subject: string }>(connection, what, { config, state });
  const { deliver_subject: to } = await persistently(begin, { attempts: ATTEMPTS, pauseMs: RETRY_MS });
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    await send(connection, to, chunk as Buffer, what);
  }
  const restored = await send<Pick<StreamBackup, 'state'>>(connection, to, '', what);
  const { messages, last_seq } = restored.state;
  if (messages === state.messages && last_seq === state.last_seq) return;
  throw new BackupError(`${name} has ${messages} messages after the restore, and had ${state.messages}.`);
}
