import { MAX_BATCH_EVENTS } from '#libs/contracts';
import type { RunnelClient } from '../client/runnel-client.js';
import type { EventInput, PublishedEvent } from '../client/views.js';
import { SendError } from './errors.js';
import type { CollectedEvent } from './outbox.js';
import type { FinishedRun } from './run-steps.js';

/** Bytes of one request: a service takes 16 MiB (RUNNEL_MAX_REQUEST_BYTES) unless its operator said otherwise. */
const MAX_BATCH_BYTES = 15 * 1024 * 1024;
/** More than channel, field names and brackets of one event can have. */
const ENVELOPE_BYTES = 1024;

export interface Destination {
  readonly client: Pick<RunnelClient, 'publishBatch'>;
  /** Id or name of the workflow. */
  readonly workflow: string;
}

/**
 * Sends what a run collected: as one batch, which is stored whole or not at all, or where that would be too large,
 * as several in order. Each has a key made of the run's id, so that however often it is sent, it is stored once.
 *
 * @returns one answer for each event, in call order
 * @throws SendError for the first batch that fails; later ones are not sent
 */
export async function sendEvents(
  { runId, events }: Pick<FinishedRun, 'runId' | 'events'>,
  { client, workflow }: Destination,
): Promise<PublishedEvent[]> {
  const sent: PublishedEvent[] = [];
  for (const [n, batch] of batchesOf(events).entries()) {
    try {
      sent.push(...(await client.publishBatch(workflow, batch, { idempotencyKey: `${runId}.${n}` })));
    } catch (cause) {
      throw new SendError({ runId, sent, unsent: events.length - sent.length, cause });
    }
  }
  return sent;
}

function batchesOf(events: readonly CollectedEvent[]): EventInput[][] {
  const batches: EventInput[][] = [];
  let batch: EventInput[] = [];
  let batchBytes = Number.POSITIVE_INFINITY;
  for (const { channel, payload, bytes } of events) {
    batchBytes += bytes + ENVELOPE_BYTES;
    if (batch.length === MAX_BATCH_EVENTS || batchBytes > MAX_BATCH_BYTES) {
      batch = [];
      batches.push(batch);
      batchBytes = bytes + ENVELOPE_BYTES;
    }
    batch.push({ channel, payload });
  }
  return batches;
}
