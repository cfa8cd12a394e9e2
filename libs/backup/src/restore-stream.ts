import { createReadStream } from 'node:fs';
import type { StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '#libs/nats-connection';
import { BackupError } from './errors.js';
import { ask, send } from './jetstream-request.js';
import type { StreamBackup } from './manifest.js';

const CHUNK_BYTES = 128 * 1024;

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
  const { deliver_subject: to } = await ask<{ deliver_subject: string }>(connection, what, { config, state });
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    await send(connection, to, chunk as Buffer, what);
  }
  const restored = await send<Pick<StreamBackup, 'state'>>(connection, to, '', what);
  const { messages, last_seq } = restored.state;
  if (messages === state.messages && last_seq === state.last_seq) return;
  throw new BackupError(`${name} has ${messages} messages after the restore, and had ${state.messages}.`);
}
