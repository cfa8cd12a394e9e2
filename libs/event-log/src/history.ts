import { REPLAY_EVENTS, type StreamRef } from '#libs/contracts';
import type { DirectAnswer } from './direct-get.js';
import type { DirectGetters } from './direct-getters.js';
import { KEPT_EVENTS } from './shard-config.js';
import type { Shards } from './shards.js';
import type { StoredEvent } from './stored-event.js';

/** Events asked for in one answer. */
const BATCH = REPLAY_EVENTS;

/** As many times what is wanted is looked for near the end of a longer history, since streams are not regular. */
const MARGIN = 1.25;

/** Events that a look near the end must save, or the answers before the wanted ones are read as well. */
const WORTH_SKIPPING = BATCH / 2;

/**
 * Events ahead of a place up to which nothing is asked about what has been pushed out meanwhile: while one answer is
 * read, no flood fills the rest of what is kept.
 */
const SURELY_KEPT = 128;

/** Events in order, of which those from `wholeFrom` on are without holes. */
export interface Excerpt {
  readonly events: readonly StoredEvent[];
  readonly wholeFrom: number;
}

/** What follows a place, as far as one answer goes. */
export interface Onward extends Excerpt {
  /** Events that follow these. */
  readonly pending: number;
}

/** Reads what a stream keeps. */
export class History {
  constructor(
    private readonly shards: Shards,
    private readonly getters: DirectGetters,
  ) {}

  /** The newest events, oldest first and without holes: `limit` at most, and fewer while a flood pushes them out. */
  async newest(ref: StreamRef, limit: number): Promise<StoredEvent[]> {
    const { name, subject } = await this.shards.locate(ref);
    const first = await this.getters.next().ask(name, { next_by_subj: subject, seq: 1, batch: BATCH });
    if (first.pending === 0) return first.events.slice(-limit);
    // Each event costs the server and this process as much as any other: those between are better not read at all.
    const near = seqBeforeNewest(first, limit);
    const found = near === undefined ? [] : whole(await this.from(ref, near));
    if (found.length >= limit) return found.slice(-limit);
    return whole(await this.from(ref, 1, first.events)).slice(-limit);
  }

  /**
   * All kept events from a sequence on, oldest first.
   *
   * The oldest are pushed out while they are read, so the answer may begin with events whose successors were gone
   * when their turn came. What is still kept afterwards was kept all the time: from there on nothing is missing.
   *
   * @param known the first of them, where they have been read already
   */
  async from(ref: StreamRef, fromSeq: number, known: readonly StoredEvent[] = []): Promise<Excerpt> {
    const { name, subject } = await this.shards.locate(ref);
    const events = [...known];
    for (;;) {
      await this.readOn(name, subject, fromSeq, events);
      // A stream that never had more than it keeps has lost nothing.
      if (fromSeq === 1 && events.length < KEPT_EVENTS) return { events, wholeFrom: 0 };
      const oldest = await this.getters.next().ask(name, { next_by_subj: subject, seq: 1, batch: 1 });
      const wholeFrom = oldest.events[0]?.seq ?? Number.POSITIVE_INFINITY;
      // In a flood all that was read may be gone already: then there is more to read.
      const newestRead = events.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
      if (wholeFrom <= newestRead || wholeFrom === Number.POSITIVE_INFINITY) return { events, wholeFrom };
    }
  }

  private async readOn(name: string, subject: string, fromSeq: number, events: StoredEvent[]): Promise<void> {
    for (;;) {
      const next = Math.max(fromSeq, (events.at(-1)?.seq ?? 0) + 1);
      // All in one answer: the server looks through what lies before the first event again for each.
      const request = { next_by_subj: subject, seq: next, batch: KEPT_EVENTS };
      const answer = await this.getters.next().ask(name, request);
      events.push(...answer.events);
      if (answer.pending === 0 || answer.events.length === 0) return;
    }
  }

  /**
   * The events after a sequence, oldest first, as many as one answer takes. `wholeFrom` is beyond that sequence when
   * events between may have been pushed out; the answer then begins with the first that is surely not missing one.
   *
   * @param bytes after which the answer ends, with one event at least. Default: 8 MiB
   */
  async after(ref: StreamRef, seq: number, bytes?: number): Promise<Onward> {
    const { name, subject } = await this.shards.locate(ref);
    const limit = bytes === undefined ? {} : { max_bytes: bytes };
    const request = { next_by_subj: subject, seq: seq + 1, batch: BATCH, ...limit };
    const { events, pending } = await this.getters.next().ask(name, request);
    if (events.length + pending < SURELY_KEPT) return { events, pending, wholeFrom: 0 };
    // By the leader's word: what it keeps now, every replica had when the events were read, or had not got yet.
    const wholeFrom = await this.shards.wholeFrom(ref);
    return wholeFrom <= seq
      ? { events, pending, wholeFrom }
      : { events: events.filter((event) => event.seq >= wholeFrom), pending, wholeFrom };
  }

  /** The newest event, or undefined when none is kept. */
  async last(ref: StreamRef): Promise<StoredEvent | undefined> {
    const { name, subject } = await this.shards.locate(ref);
    return (await this.getters.next().ask(name, { last_by_subj: subject })).events[0];
  }

  /** Throws unless a stream can be read over each of the connections: every one can be lost alone. */
  async tryRead(ref: StreamRef): Promise<void> {
    const { name, subject } = await this.shards.locate(ref);
    await Promise.all(this.getters.all.map((getter) => getter.ask(name, { last_by_subj: subject })));
  }

  /** The fingerprint under which an event was stored, or undefined when it is not kept any more or has none. */
  async fingerprint(ref: StreamRef, seq: number): Promise<string | undefined> {
    const { name } = await this.shards.locate(ref);
    return (await this.getters.next().ask(name, { seq })).events[0]?.fingerprint;
  }
}

/** Those of an excerpt that have no holes between them. */
function whole({ events, wholeFrom }: Excerpt): StoredEvent[] {
  return events.filter(({ seq }) => seq >= wholeFrom);
}

/**
 * A sequence from which on there are as many events as wanted and some more, if the stream goes on as it began; undefined
 * where too little lies before it.
 *
 * @param first its oldest events, and how many follow them
 */
function seqBeforeNewest({ events, pending }: DirectAnswer, limit: number): number | undefined {
  const [oldest, newest] = [events[0], events.at(-1)];
  const skipped = pending - Math.ceil(MARGIN * limit);
  if (oldest === undefined || newest === undefined || skipped < WORTH_SKIPPING) return undefined;
  // One alone says nothing of how far apart they are.
  if (oldest === newest) return undefined;
  const step = (newest.seq - oldest.seq) / (events.length - 1);
  return newest.seq + Math.floor(skipped * step);
}
