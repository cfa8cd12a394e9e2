import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createInbox, type Msg } from '@nats-io/nats-core';
import type { NatsConnection } from '#libs/nats-connection';
import { within } from '#libs/timing';
import { BackupError } from './errors.js';
import { ask } from './jetstream-request.js';
import type { StreamBackup } from './manifest.js';

const CHUNK_BYTES = 128 * 1024;
/** Milliseconds that the next piece may take. */
const PATIENCE_MS = 60_000;

type Snapshot = Pick<StreamBackup, 'config' | 'state'>;

/**
 * Writes a JetStream stream into a file, as it is at one moment; it takes messages meanwhile. What is written is
 * nats-server's own form, which it reads again in restores, and is not for anybody else.
 *
 * @throws BackupError
 */
export async function snapshotStream(connection: NatsConnection, name: string, path: string) {
  const inbox = createInbox();
  const subscription = connection.subscribe(inbox);
  const chunks = subscription[Symbol.asyncIterator]();
  const file = await open(path, 'w', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const question = { deliver_subject: inbox, no_consumers: true, chunk_size: CHUNK_BYTES, jsck: true };
    const { config, state } = await ask<Snapshot>(connection, `STREAM.SNAPSHOT.${name}`, question);
    for (;;) {
      const next = await within(PATIENCE_MS, chunks.next());
      if (next === undefined || next.done) throw new BackupError(`No more of ${name} came.`);
      const chunk: Msg = next.value;
      if (chunk.data.length === 0) {
        requireWhole(name, chunk);
        break;
      }
      await file.write(chunk.data);
      hash.update(chunk.data);
      bytes += chunk.data.length;
      // The server sends so much ahead, and then waits for this.
      chunk.respond();
    }
    await file.sync();
    return { config, state, bytes, sha256: hash.digest('hex') };
  } finally {
    subscription.unsubscribe();
    await file.close();
  }
}

/** The last piece is empty, and says in its headers when something went wrong. */
function requireWhole(name: string, { headers }: Msg): void {
  if (headers === undefined || headers.code < 300) return;
  throw new BackupError(`${name} could not be read: ${headers.description}.`);
}
