import { eventCursor, Problem, type StreamKind } from '#libs/contracts';
import type { EventPlace, Run, StoredEvent } from '#libs/event-log';
import { encodeEvent } from '#libs/sse';
import { pause } from '#libs/timing';
import { passes } from './channel-filter.js';
import { eventFault } from './event-check.js';
import { behindOf, type HistoryView } from './placement.js';
import type { Session } from './session.js';

/** Milliseconds before the history is asked again while it is away: twice as long each time, up to the longest. */
const RETRY_MS = { first: 250, longest: 4_000 };

/** A stream whose whole history reaches further back than what its hub keeps. */
export interface LongHistory {
  /** What the hub keeps, as it is at each moment. */
  readonly kept: HistoryView;
  readonly kind: StreamKind;
  /** The next events after a place, wherever they are. */
  onward(after: EventPlace): Promise<Run>;
}

/**
 * Sends what lies between a session's cursor and what the hub keeps, as fast as the client reads it and never more than
 * one answer of the log ahead of it (ADR 0014). While NATS is away it waits, which readiness tells of.
 *
 * @param behind the sequence that the cursor stands behind
 * @returns the cursor that the session has got to: its own where nothing could be shown to follow it whole
 * @throws whatever the log cannot be read for besides Problem `unavailable`
 */
export async function readOn(
  session: Session,
  behind: number,
  { kept, kind, onward }: LongHistory,
): Promise<string | undefined> {
  const { epoch } = kept;
  const { channels } = session.options;
  let after: EventPlace = { seq: behind };
  let reached = session.options.cursor;
  let retryMs = RETRY_MS.first;
  while (!session.ended && kept.epoch === epoch && behindOf(kept, reached) !== undefined) {
    const run = await onward(after).catch(unlessAway);
    if (run === undefined) {
      await pause(retryMs);
      retryMs = Math.min(2 * retryMs, RETRY_MS.longest);
      continue;
    }
    retryMs = RETRY_MS.first;
    const last = run.events.at(-1);
    // A log that was begun anew meanwhile may have answered: its events have other cursors.
    if (!run.whole || last === undefined || kept.epoch !== epoch) break;
    after = last;
    reached = eventCursor(epoch, last.seq);
    const passing = run.events.filter(
      (event) => passes(channels, event.channel) && eventFault(kind, event) === undefined,
    );
    await session.send(framesOf(epoch, passing), reached);
  }
  return reached;
}

function unlessAway(error: unknown): undefined {
  if (!(error instanceof Problem && error.code === 'unavailable')) throw error;
}

function framesOf(epoch: string, events: readonly StoredEvent[]): Buffer {
  return Buffer.concat(
    events.map(({ seq, channel, payload }) => encodeEvent(eventCursor(epoch, seq), channel, payload)),
  );
}
