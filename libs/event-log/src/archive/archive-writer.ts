import { headers, type MsgHdrs } from '@nats-io/nats-core';
import { oldestTime, Problem, type StreamRef } from '#libs/contracts';
import { pause } from '#libs/timing';
import type { History } from '../history.js';
import type { Publisher } from '../publisher.js';
import type { Shards } from '../shards.js';
import { CHANNEL_HEADER, FINGERPRINT_HEADER, type StoredEvent } from '../stored-event.js';
import { archiveSubject, ORIGIN_SEQ_HEADER, ORIGIN_TIME_HEADER } from './archive-form.js';
import type { ArchiveInfo, Archives } from './archives.js';

const EXPECTED_PLACE_HEADER = 'Nats-Expected-Last-Sequence';
/** Milliseconds before each attempt after one that failed; others may be writing, or a leader being elected. */
const RETRY_DELAYS_MS = [0, 10, 50, 100, 250, 500, 1_000];
/** Milliseconds after which no copy of anybody is on its way any more. */
const SETTLE_MS = 100;
/** Archives whose state is remembered. */
const MAX_KNOWN = 1_000;

export interface ArchiveWriterParts {
  readonly archives: Archives;
  readonly shards: Shards;
  readonly history: History;
  /** One of its own: copies must not wait behind what they make room for. */
  readonly publisher: Publisher;
}

interface Run {
  readonly current: Promise<number | undefined>;
  next: Promise<number | undefined> | undefined;
}

/**
 * Copies events from their shard to their archive, in order and each once, however many processes do it at the
 * same time (ADR 0014).
 *
 * Each event is stored only at the place that follows the last one, and the first of a run alone: once it is in,
 * nobody has copied anything since the writer looked, and what others add from now on are the same events at the
 * same places. A run that loses this contest looks again.
 */
export class ArchiveWriter {
  private readonly known = new Map<string, ArchiveInfo>();
  private readonly runs = new Map<string, Run>();

  constructor(private readonly parts: ArchiveWriterParts) {}

  /**
   * Copies what the shard has.
   *
   * @returns the sequence up to which the archive is complete: every event that was stored before the call is;
   *   undefined where there is no archive
   * @throws Problem `unavailable`
   */
  copy(ref: StreamRef): Promise<number | undefined> {
    const { stream } = ref;
    const run = this.runs.get(stream);
    if (run === undefined) return this.begin(ref);
    // The run under way may have looked at the shard before the caller's event was there.
    run.next ??= run.current.then(
      () => this.begin(ref),
      () => this.begin(ref),
    );
    return run.next;
  }

  /** Forgets what was read, since the system behind a new connection may be another one. */
  forget(): void {
    this.known.clear();
  }

  private begin(ref: StreamRef): Promise<number | undefined> {
    const run: Run = { current: this.run(ref), next: undefined };
    this.runs.set(ref.stream, run);
    const end = () => {
      if (this.runs.get(ref.stream) === run && run.next === undefined) this.runs.delete(ref.stream);
    };
    run.current.then(end, end);
    return run.current;
  }

  private async run(ref: StreamRef): Promise<number | undefined> {
    let failure: unknown;
    for (const delayMs of RETRY_DELAYS_MS) {
      if (delayMs > 0) await pause(delayMs);
      try {
        let info = this.known.get(ref.stream) ?? (await this.parts.archives.progress(ref));
        while (info !== undefined) {
          const { after, pending }: Step = await this.step(ref, info);
          this.remember(ref, after);
          if (pending === 0) return after.through;
          info = after;
        }
        this.known.delete(ref.stream);
        return undefined;
      } catch (error) {
        this.known.delete(ref.stream);
        failure = error;
      }
    }
    throw new Problem('unavailable', 'The longer history of the stream cannot be written at the moment.', {
      cause: failure,
    });
  }

  private async step(ref: StreamRef, info: ArchiveInfo): Promise<Step> {
    const { events, pending, wholeFrom } = await this.parts.history.after(ref, info.through);
    const begun = info.events > 0 || info.through > 0;
    const foreign = info.epoch !== (await this.parts.shards.epoch(ref));
    if (foreign || (begun && wholeFrom > info.through)) return this.restart(ref, info);
    const copied = events.filter(
      (event) => !event.unreadable && (begun || event.ts >= oldestTime(info.limits)),
    );
    await this.store(ref, copied, info.lastPlace);
    const after = {
      ...info,
      events: info.events + copied.length,
      lastPlace: info.lastPlace + copied.length,
      through: events.at(-1)?.seq ?? info.through,
    };
    return { after, pending };
  }

  /** Empties an archive that cannot be gone on from without a hole; never returns, so that the run looks again. */
  private async restart(ref: StreamRef, info: ArchiveInfo): Promise<never> {
    const { archives, shards } = this.parts;
    // What was read may be old, and others may have the missing events on their way.
    shards.forget();
    await pause(SETTLE_MS);
    const [now, epoch] = [await archives.progress(ref), await shards.epoch(ref)];
    const unchanged = now?.lastPlace === info.lastPlace && now.through === info.through;
    const { wholeFrom } = await this.parts.history.after(ref, info.through);
    if (unchanged && (now.epoch !== epoch || wholeFrom > info.through))
      await archives.restart(ref, now, epoch);
    throw new Problem('unavailable', 'The longer history of the stream begins anew.');
  }

  private async store(ref: StreamRef, events: readonly StoredEvent[], lastPlace: number): Promise<void> {
    const [first, ...rest] = events;
    if (first === undefined) return;
    const subject = archiveSubject(ref.workspace, ref.stream);
    const publish = (event: StoredEvent, after: number) =>
      this.parts.publisher.publish(subject, event.payload, headersOf(event, after));
    await publish(first, lastPlace);
    const stored = await Promise.allSettled(rest.map((event, n) => publish(event, lastPlace + 1 + n)));
    const failed = stored.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed !== undefined) throw failed.reason;
  }

  private remember({ stream }: StreamRef, info: ArchiveInfo): void {
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    this.known.set(stream, info);
  }
}

interface Step {
  /** The archive after the step. */
  readonly after: ArchiveInfo;
  /** Events that wait for the next step. */
  readonly pending: number;
}

function headersOf({ seq, ts, channel, fingerprint }: StoredEvent, afterPlace: number): MsgHdrs {
  const fields = headers();
  fields.set(EXPECTED_PLACE_HEADER, String(afterPlace));
  fields.set(ORIGIN_SEQ_HEADER, String(seq));
  fields.set(ORIGIN_TIME_HEADER, String(ts));
  if (channel !== undefined) fields.set(CHANNEL_HEADER, channel);
  if (fingerprint !== undefined) fields.set(FINGERPRINT_HEADER, fingerprint);
  return fields;
}
