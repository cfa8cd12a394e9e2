import type { NatsConnection } from '#libs/nats-connection';
import { BackupError } from './errors.js';

/** Milliseconds that JetStream may take: a restore of a big stream answers when it has read all of it. */
const ANSWER_MS = 300_000;

interface Refusable {
  readonly error?: { readonly description?: string };
}

/** One request to JetStream's API. @throws BackupError when it is refused or not answered */
export async function ask<T>(connection: NatsConnection, what: string, question: object): Promise<T> {
  return await send(connection, `$JS.API.${what}`, JSON.stringify(question), what);
}

/** The same with bytes, for a subject that JetStream has named. An empty answer is a good one. */
export async function send<T>(
  connection: NatsConnection,
  subject: string,
  data: Uint8Array | string,
  what: string,
): Promise<T> {
  const answer = await connection.request(subject, data, { timeout: ANSWER_MS }).catch((cause: unknown) => {
    throw new BackupError(`${what} was not answered: ${String(cause)}`, { cause });
  });
  const said = (answer.data.length === 0 || answer.string() === '+OK' ? {} : answer.json()) as T & Refusable;
  if (said.error === undefined) return said;
  throw new BackupError(`${what} was refused: ${said.error.description ?? 'no reason given'}.`);
}
