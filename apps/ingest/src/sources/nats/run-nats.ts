import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_PAYLOAD_BYTES, randomBase62 } from '#libs/contracts';
import type { SourceEvent } from '../emit/source-emitter.js';
import { SourceFailure } from '../reports/source-failure.js';
import type { SourceRun } from '../running/source-run.js';
import { messageEvent, type NatsMessage } from './message-event.js';
import { WaitingMessages } from './waiting-messages.js';

const LIMITS = { maxCount: 10_000, maxBytes: 32 * 1024 * 1024 };
/** Messages that are stored together. */
const BATCH = 256;
/** Milliseconds for which messages are tried at the most: less than JetStream's window, in which they are stored once. */
const TRY_MS = 60_000;
/** The same after the source was told to stop. */
const LAST_TRY_MS = 2_000;
const RETRY_MS = 250;

/**
 * Makes an event of each message on the subject. Replicas listen in one queue group, so each message comes to one of
 * them. NATS itself keeps nothing: a message while no replica listens is nobody's.
 */
export async function runNats(source: SourceRun, subject: string): Promise<void> {
  const waiting = new WaitingMessages<NatsMessage>(LIMITS);
  const stopListening = listen(source, subject, waiting);
  const { signal } = source;
  try {
    while (!signal.aborted) {
      await waiting.some(signal);
      await storeBatch(source, waiting);
    }
  } finally {
    await stopListening();
  }
  // What was taken from the queue group is ours to store, since nobody else has it.
  const deadline = performance.now() + LAST_TRY_MS;
  while ((await storeBatch(source, waiting)) && performance.now() < deadline);
}

/** @returns what ends it, after messages on their way have come */
function listen(
  source: SourceRun,
  subject: string,
  waiting: WaitingMessages<NatsMessage>,
): () => Promise<void> {
  let end = async () => {};
  const link = source.messages();
  const stopListening = link.onUp((connection) => {
    const subscription = connection.subscribe(subject, {
      queue: `runnel-${source.entry.id}`,
      callback: (error, message) => {
        if (error !== null) {
          source.failed(new SourceFailure(`NATS does not let Runnel listen to ${subject}.`));
          return;
        }
        // A copy, since the data is a view on all that the client has read at once.
        waiting.add({ subject: message.subject, headers: message.headers, data: message.data.slice() });
      },
    });
    end = () => link.whileUp(() => subscription.drain()).catch(() => subscription.unsubscribe());
    source.say(`Listening to ${subject}`);
  });
  return () => {
    stopListening();
    return end();
  };
}

/** @returns whether there was something to store */
async function storeBatch(source: SourceRun, waiting: WaitingMessages<NatsMessage>): Promise<boolean> {
  const missed = waiting.takeMissed();
  if (missed > 0) source.failed(lost(missed, 'came faster than they could be stored'));
  const messages = waiting.take(BATCH);
  if (messages.length === 0) return false;
  const events = messages.filter(({ data }) => data.length <= MAX_PAYLOAD_BYTES).map(eventOf);
  const tooLarge = messages.length - events.length;
  if (tooLarge > 0) source.failed(lost(tooLarge, `had more than ${MAX_PAYLOAD_BYTES} bytes`));
  if (events.length === 0 || !(await store(source, events))) return true;
  source.say(`Messages stored: ${events.length}`);
  if (missed === 0 && tooLarge === 0) source.succeeded();
  return true;
}

/** With a key of its own, so that trying again cannot store it twice. */
function eventOf(message: NatsMessage): SourceEvent {
  return { value: messageEvent(message), key: `message ${randomBase62(22)}` };
}

/** @returns false when it was given up */
async function store(source: SourceRun, events: readonly SourceEvent[]): Promise<boolean> {
  const startedAt = performance.now();
  for (let tries = 1; ; tries++) {
    try {
      await source.emit(events);
      return true;
    } catch (error) {
      if (tries === 1) source.failed(error);
      if (performance.now() - startedAt > (source.signal.aborted ? LAST_TRY_MS : TRY_MS)) {
        source.failed(lost(events.length, 'could not be stored'));
        return false;
      }
      await sleep(RETRY_MS);
    }
  }
}

function lost(count: number, why: string): SourceFailure {
  return new SourceFailure(`Messages that are lost because they ${why}: ${count}.`);
}
