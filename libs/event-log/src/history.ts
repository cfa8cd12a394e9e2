import { REPLAY_EVENTS, type StreamRef } from '#libs/contracts';
import type { DirectGetter } from './direct-get.js';
import type { Shards } from './shards.js';
import type { StoredEvent } from './stored-event.js';

/** Events asked for in one answer. */
const BATCH = REPLAY_EVENTS;

/** Reads what a stream keeps. */
export class History {
  private turn = 0;

  /** @param getters one for each replay connection; questions go round them */
  constructor(
    private readonly shards: Shards,
    private readonly getters: readonly DirectGetter[],
  ) {}

  /** The newest events, oldest first: `limit` at most. */
  async newest(ref: StreamRef, limit: number): Promise<StoredEvent[]> {
    return (await this.from(ref, 1, Number.POSITIVE_INFINITY)).slice(-limit);
  }

  /**
   * All kept events from a sequence on, oldest first.
   *
   * @param fromSeq first sequence wanted, inclusive: asking for one that was seen shows whether the window has
   *   moved past it meanwhile
   * @param toSeq last sequence wanted, inclusive
   */
  async from(ref: StreamRef, fromSeq: number, toSeq: number): Promise<StoredEvent[]> {
    const { name, subject } = await this.shards.locate(ref);
    const events: StoredEvent[] = [];
    let next = fromSeq;
    for (;;) {
      const answer = await this.getter().ask(name, { next_by_subj: subject, seq: next, batch: BATCH });
      for (const event of answer.events) {
        if (event.seq > toSeq) return events;
        events.push(event);
        next = event.seq + 1;
      }
      if (answer.pending === 0 || answer.events.length === 0) return events;
    }
  }

  /** The newest event, or undefined when none is kept. */
  async last(ref: StreamRef): Promise<StoredEvent | undefined> {
    const { name, subject } = await this.shards.locate(ref);
    return (await this.getter().ask(name, { last_by_subj: subject })).events[0];
  }

  /** The fingerprint under which an event was stored, or undefined when it is not kept any more or has none. */
  async fingerprint(ref: StreamRef, seq: number): Promise<string | undefined> {
    const { name } = await this.shards.locate(ref);
    return (await this.getter().ask(name, { seq })).events[0]?.fingerprint;
  }

  private getter(): DirectGetter {
    this.turn = (this.turn + 1) % this.getters.length;
    return this.getters[this.turn] as DirectGetter;
  }
}
