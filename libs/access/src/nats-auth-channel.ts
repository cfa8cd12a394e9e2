import { ClientNats, NatsRecordBuilder } from '@nestjs/microservices';
import { firstValueFrom, timeout } from 'rxjs';
import type { z } from 'zod';
import { Problem } from '#libs/contracts';
import { clientOptions, messageHeaders, type NatsConnection, type NatsOptions } from '#libs/nats-connection';
import {
  decideAnswerSchema,
  recheckAnswerSchema,
  revocationSchema,
  ticketKeysAnswerSchema,
} from './answers.js';
import type { AuthChannel, Decision, KeyRef, Origin, Question, Revocation, Verdict } from './decision.js';
import { parseJson } from './parse-json.js';
import {
  ACCESS_REVOKED,
  AUTH_DECIDE,
  AUTH_RECHECK,
  AUTH_TICKET_KEYS,
  REQUEST_ID_HEADER,
} from './subjects.js';
import type { PublicKey } from './tickets/public-key.js';

/** Milliseconds for connecting, where that is needed, and the answer together. */
const ANSWER_MS = 2_000;

/**
 * Asks the `auth` service over Nest's NATS transport.
 *
 * Connects when first asked. Whatever is asked while NATS or `auth` is away fails within 2 s, and works again
 * when they are back: the client reconnects for ever, and one that never connected tries anew each time.
 */
export class NatsAuthChannel implements AuthChannel {
  private readonly client: ClientNats;
  private readonly listeners = new Set<(revocation: Revocation) => void>();
  /** The connection whose announcements are heard; the client makes another only when this one is closed. */
  private heard: NatsConnection | undefined;

  constructor(nats: NatsOptions) {
    this.client = new ClientNats({ ...clientOptions(nats) });
  }

  decide(question: Question, origin?: Origin): Promise<Decision> {
    return this.ask(AUTH_DECIDE, from(question, origin), decideAnswerSchema);
  }

  async recheck(keys: readonly KeyRef[]): Promise<readonly Verdict[]> {
    const { verdicts } = await this.ask(AUTH_RECHECK, { keys }, recheckAnswerSchema);
    if (verdicts.length !== keys.length) throw unavailable();
    return verdicts;
  }

  async ticketKeys(): Promise<readonly PublicKey[]> {
    return (await this.ask(AUTH_TICKET_KEYS, {}, ticketKeysAnswerSchema)).keys;
  }

  onRevoked(listener: (revocation: Revocation) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.listeners.clear();
    await this.client.close();
  }

  private async ask<T extends object>(
    subject: string,
    data: object,
    schema: z.ZodType<T | { unavailable: true }>,
  ): Promise<T> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), ANSWER_MS);
    try {
      const answer = await Promise.race([this.send(subject, data), aborted(patience.signal)]);
      const parsed = schema.parse(answer);
      if ('unavailable' in parsed) throw unavailable();
      return parsed as T;
    } catch (error) {
      throw error instanceof Problem ? error : unavailable(error);
    } finally {
      clearTimeout(timer);
    }
  }

  private async send(subject: string, data: object): Promise<unknown> {
    // Announcements first: what is revoked after the answer was made must not slip by.
    this.listen(await this.client.connect());
    return await firstValueFrom(this.client.send<unknown>(subject, data).pipe(timeout(ANSWER_MS)));
  }

  private listen(connection: NatsConnection): void {
    if (this.heard === connection) return;
    this.heard = connection;
    connection.subscribe(ACCESS_REVOKED, {
      callback: (error, message) => {
        if (error === null) this.announce(message.string());
      },
    });
  }

  private announce(text: string): void {
    const revocation = revocationSchema.safeParse(parseJson(text));
    if (!revocation.success) return;
    for (const listener of [...this.listeners]) listener(revocation.data);
  }
}

/** Nest takes the headers of a message together with what it says. */
function from(question: Question, origin: Origin | undefined): object {
  if (origin === undefined) return question;
  const headers = messageHeaders({ [REQUEST_ID_HEADER]: origin.requestId, ...origin.trace });
  return new NatsRecordBuilder(question).setHeaders(headers).build();
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(unavailable()), { once: true });
  });
}

/** No connection, nobody there, no answer in time, or none that can be read: the same for the caller. */
function unavailable(cause?: unknown): Problem {
  return new Problem('unavailable', 'Credentials cannot be checked at the moment.', { cause });
}
