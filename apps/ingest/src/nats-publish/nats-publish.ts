import type { OnApplicationShutdown } from '@nestjs/common';
import { Counter, type Registry } from 'prom-client';
import type { StreamDirectory, StreamEntry } from '#libs/catalogue';
import { Problem, publishSubject, type StreamRef } from '#libs/contracts';
import { type EventLog, PublishIntake, type PublishMessage } from '#libs/event-log';
import type { NatsOptions } from '#libs/nats-connection';
import type { Log } from '#libs/service';
import { within } from '#libs/timing';
import { during, type TraceRecorder } from '#libs/tracing';
import { type PublishRates, tooFast } from '../publish/publish-rates.js';
import { sendSpan } from '../publish/send-span.js';
import { refOf } from '../streams/managed-streams.js';
import { refusedAnswer, storedAnswer } from './answers.js';
import { checkedEvent } from './checked-event.js';
import { Pending } from './pending.js';
import { Slots } from './slots.js';

/** What may wait or be on its way: room for bursts of publishers who wait for no answer. */
const PENDING_LIMITS = { messages: 100_000, bytes: 128 * 1024 * 1024 };
/** What the event log is given at once; less than it takes, so that there is room for HTTP. */
const STORED_AT_ONCE = 2_048;

export interface NatsPublishParts {
  readonly nats: NatsOptions;
  readonly directory: StreamDirectory;
  readonly eventLog: EventLog;
  readonly rates: PublishRates;
  readonly registry: Registry;
  readonly log: Log;
  /** Where traces are recorded. */
  readonly recorder?: TraceRecorder | undefined;
}

interface Waiting {
  readonly message: PublishMessage;
  /** Called once when nothing more is to be done for it. */
  readonly done: () => void;
}

/**
 * Publishing over NATS (ADR 0010): what comes on a stream's `publish.…` subject is checked by the
 * rules of HTTP, stored in the order in which it came, and answered as JetStream answers.
 *
 * What has come for the same stream meanwhile is handed to the log in one go: then one write to the socket takes
 * all of it, where each message by itself would cost a system call (docs/nats.md has the measurement).
 */
export class NatsPublish implements OnApplicationShutdown {
  private readonly intake: PublishIntake;
  private readonly pending = new Pending(PENDING_LIMITS);
  private readonly slots = new Slots(STORED_AT_ONCE);
  /** By subject, while there is something to hand to the log. */
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly messages: Counter<'outcome'>;

  constructor(private readonly parts: NatsPublishParts) {
    this.messages = new Counter({
      name: 'runnel_ingest_nats_messages_total',
      help: 'Messages on the NATS subjects of streams, by outcome.',
      labelNames: ['outcome'],
      registers: [parts.registry],
    });
    const traced = parts.recorder !== undefined;
    this.intake = new PublishIntake(parts.nats, (message) => this.take(message), traced);
  }

  /** Whether messages arrive now. */
  get up(): boolean {
    return this.intake.up;
  }

  /** Takes no further messages and waits for those that it has. @param deadline in milliseconds of `performance.now()` */
  async drain(deadline: number): Promise<void> {
    this.intake.stop();
    await within(deadline - performance.now(), this.pending.whenEmpty());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.intake.close();
  }

  private take(message: PublishMessage): void {
    const { ref, payload } = message;
    // A message does not say which key it is from; nats-server lets each key publish to its own workspace only.
    if (!this.parts.rates.mayTake(`nats ${ref.workspace}`)) {
      this.refuse(message, TOO_FAST);
      return;
    }
    const done = this.pending.take(ref.workspace, payload.length);
    if (done === undefined) {
      this.refuse(message, OVERLOADED);
      return;
    }
    const queue = this.waiting.get(publishSubject(ref));
    if (queue === undefined) void this.work(ref, [{ message, done }]);
    else queue.push({ message, done });
  }

  /** Hands on what waits for a stream until nothing does. Never rejects. */
  private async work(ref: StreamRef, queue: Waiting[]): Promise<void> {
    const subject = publishSubject(ref);
    this.waiting.set(subject, queue);
    while (queue.length > 0) {
      const taken = await this.slots.take(queue.length);
      const entry = await this.entryOf(ref).catch((error: unknown) => asProblem(error, this.parts.log));
      // All of them begin before the first is stored, so the log keeps their order and writes them together.
      for (const { message, done } of queue.splice(0, taken)) {
        void this.store(message, entry).finally(() => {
          this.slots.giveBack();
          done();
        });
      }
    }
    this.waiting.delete(subject);
  }

  private async entryOf({ workspace, stream }: StreamRef): Promise<StreamEntry> {
    const entry = await this.parts.directory.get(stream);
    if (entry?.workspace === workspace) return entry;
    throw new Problem('not-found', 'There is no stream with this subject.');
  }

  private async store(message: PublishMessage, entry: StreamEntry | Problem): Promise<void> {
    try {
      if (entry instanceof Problem) throw entry;
      const event = checkedEvent(entry.kind, message);
      const span = sendSpan(this.parts.recorder, message.trace, entry, 1);
      const [stored] = await during(span, () =>
        this.parts.eventLog.append(refOf(entry), [event], { trace: span?.headers }),
      );
      if (stored === undefined) throw new Error('The log has neither stored the event nor refused it.');
      this.messages.inc({ outcome: stored.duplicate ? 'duplicate' : 'stored' });
      message.answer(storedAnswer(message.ref.stream, stored));
    } catch (error) {
      this.refuse(message, asProblem(error, this.parts.log));
    }
  }

  private refuse(message: PublishMessage, problem: Problem): void {
    this.messages.inc({ outcome: problem.code });
    message.answer(refusedAnswer(problem));
  }
}

/** Made once: there is no time for anything in a flood. */
const TOO_FAST = tooFast();
const OVERLOADED = new Problem('unavailable', 'Too many events are waiting to be stored.');

function asProblem(error: unknown, log: Log): Problem {
  if (error instanceof Problem) return error;
  log.error({ err: error }, 'A NATS message could not be taken');
  return new Problem('internal-error', 'Something went wrong in Runnel.');
}
