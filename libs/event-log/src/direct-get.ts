import { type Msg, type Subscription } from '@nats-io/nats-core';
import { Problem } from '#libs/contracts';
import type { NatsConnection, NatsLink } from '#libs/nats-connection';
import { readHeaders } from './header-values.js';
import { type StoredEvent, storedEvent } from './stored-event.js';

/**
 * Milliseconds without a message after which each attempt is given up: a follower may have died meanwhile, and during
 * a leader election direct gets go on from the others. Longer each time, or nothing would ever come over a way that
 * takes longer than the first.
 */
const SILENCE_MS = [1_000, 2_000, 4_000];
/** Milliseconds before a question that the server could not answer is asked again. */
const REFUSED_RETRY_MS = 250;
/** Bytes asked for in one answer, so that large events cannot make this connection a slow consumer. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** Answers under way at once on one connection. */
const MAX_IN_FLIGHT = 64;

const END_OF_BATCH = 204;
const NOT_FOUND = 404;

/** What a direct get asks for, in the server's spelling (NATS ADR-31). */
export type DirectGet =
  | { readonly seq: number }
  | { readonly last_by_subj: string }
  | {
      readonly next_by_subj: string;
      readonly seq: number;
      readonly batch: number;
      /** Bytes after which the answer ends, with one event at least. Default: 8 MiB. */
      readonly max_bytes?: number;
    };

export interface DirectAnswer<Event extends StoredEvent = StoredEvent> {
  readonly events: Event[];
  /** Messages that match beyond this answer. */
  readonly pending: number;
}

interface Question {
  readonly subject: string;
  readonly body: string;
  readonly single: boolean;
  readonly events: StoredEvent[];
  readonly read: (message: Msg) => StoredEvent | undefined;
  readonly resolve: (answer: DirectAnswer) => void;
  readonly reject: (error: Error) => void;
  /** Attempts that were given up. */
  failed: number;
  /** When the present attempt is given up, unless a message comes. */
  silentUntil: number;
}

/**
 * Reads stored messages over a connection of its own: the server answers direct gets in the read loop of the
 * connection that asks, so a big replay must not stand before live events or publishes.
 *
 * One inbox serves all questions; the client's own batched get leaks one for 5 s a call.
 */
export class DirectGetter {
  private readonly inbox: string;
  private readonly asked = new Map<string, Question>();
  private readonly waiting: Question[] = [];
  private nextToken = 0;
  private answers: Subscription | undefined;
  private sweep: NodeJS.Timeout | undefined;
  private readonly stopListening: (() => void)[];

  /** @param link stays the caller's to close */
  constructor(private readonly link: NatsLink) {
    this.inbox = `${link.newInbox()}.`;
    this.stopListening = [
      link.onUp((connection) => this.listen(connection)),
      link.onDown(() => this.failAll('The connection to the message system was lost.')),
    ];
  }

  /**
   * Asks one JetStream stream.
   *
   * @param stream its name
   * @param read how an event lies in a message. Default: as in a shard
   * @returns the events in order; none when nothing matches
   * @throws Problem `unavailable` after three attempts with 1, 2 and 4 s of silence, or while there is no connection
   */
  ask(stream: string, request: DirectGet): Promise<DirectAnswer>;
  ask<Event extends StoredEvent>(
    stream: string,
    request: DirectGet,
    read: (message: Msg) => Event | undefined,
  ): Promise<DirectAnswer<Event>>;
  ask(
    stream: string,
    request: DirectGet,
    read: (message: Msg) => StoredEvent | undefined = storedEvent,
  ): Promise<DirectAnswer> {
    this.link.connection();
    return new Promise((resolve, reject) => {
      const batch = 'batch' in request;
      this.waiting.push({
        subject: `$JS.API.DIRECT.GET.${stream}`,
        body: JSON.stringify(batch ? { max_bytes: MAX_ANSWER_BYTES, ...request } : request),
        single: !batch,
        events: [],
        read,
        resolve,
        reject,
        failed: 0,
        silentUntil: 0,
      });
      this.pump();
    });
  }

  /** Fails what is pending and stops. */
  close(): void {
    for (const stop of this.stopListening) stop();
    this.failAll('The service is stopping.');
    this.answers?.unsubscribe();
  }

  private listen(connection: NatsConnection): void {
    this.answers?.unsubscribe();
    this.answers = connection.subscribe(`${this.inbox}*`, {
      callback: (_error, message) => this.take(message),
    });
  }

  private pump(): void {
    while (this.asked.size < MAX_IN_FLIGHT && this.waiting.length > 0) {
      this.send(this.waiting.shift() as Question);
    }
  }

  private send(question: Question): void {
    const token = (this.nextToken++).toString(36);
    question.events.length = 0;
    question.silentUntil = performance.now() + silenceOf(question);
    this.asked.set(token, question);
    try {
      this.link.connection().publish(question.subject, question.body, { reply: this.inbox + token });
    } catch (error) {
      this.asked.delete(token);
      question.reject(error as Error);
    }
    this.sweep ??= setInterval(() => this.retrySilent(), 250);
  }

  private take(message: Msg): void {
    const token = message.subject.slice(this.inbox.length);
    const question = this.asked.get(token);
    // An answer to an attempt that was given up finds no question, so it cannot mix with its successor's.
    if (question === undefined) return;
    question.silentUntil = performance.now() + silenceOf(question);
    // A publisher may have put any status into its headers, so what has a sequence is an event.
    const event = question.read(message);
    const headers = readHeaders(message);
    if (event !== undefined) {
      question.events.push(event);
      if (question.single) this.finish(token, question, 0);
    } else if (headers?.code === END_OF_BATCH) {
      this.finish(token, question, Number(headers.last('Nats-Num-Pending')) || 0);
    } else if (headers?.code === NOT_FOUND) {
      this.finish(token, question, 0);
    } else {
      // No responders (503) or an API error: the sweep tries again a little later.
      question.silentUntil = performance.now() + REFUSED_RETRY_MS;
    }
  }

  private finish(token: string, question: Question, pending: number): void {
    this.asked.delete(token);
    question.resolve({ events: question.events, pending });
    this.pump();
  }

  private retrySilent(): void {
    const now = performance.now();
    for (const [token, question] of [...this.asked]) {
      if (question.silentUntil > now) continue;
      this.asked.delete(token);
      question.failed += 1;
      if (question.failed < SILENCE_MS.length) this.send(question);
      else question.reject(new Problem('unavailable', 'The event log does not answer at the moment.'));
    }
    this.pump();
    if (this.asked.size === 0) {
      clearInterval(this.sweep);
      this.sweep = undefined;
    }
  }

  private failAll(detail: string): void {
    clearInterval(this.sweep);
    this.sweep = undefined;
    const questions = [...this.asked.values(), ...this.waiting];
    this.asked.clear();
    this.waiting.length = 0;
    for (const { reject } of questions) reject(new Problem('unavailable', detail));
  }
}

function silenceOf({ failed }: Question): number {
  return SILENCE_MS[failed] ?? 0;
}
