import { historyOf, type KeptStream, oldestTime } from '#libs/contracts';
import { needsArchive } from './archive/archive-form.js';
import type { ArchiveReader } from './archive/archive-reader.js';
import type { ArchiveWriter } from './archive/archive-writer.js';
import type { ArchiveInfo, Archives } from './archive/archives.js';
import type { History } from './history.js';
import { choose, type HistoryPage, type PageQuery } from './history-query.js';
import type { Shards } from './shards.js';
import type { StoredEvent } from './stored-event.js';

/** Bytes of events that are read ahead of a subscriber at once, unless a single one is larger. */
const RUN_BYTES = 1024 * 1024;
/** Events that follow each other are read by as many at once. */
const RUN_EVENTS = 100;

/** A place in a stream: the sequence of an event, and its place in the archive where it is known. */
export interface EventPlace {
  readonly seq: number;
  readonly place?: number;
}

/** Events that follow a place, oldest first. */
export interface Run {
  readonly events: readonly (StoredEvent & EventPlace)[];
  /** Whether nothing is missing between the place and these, as far as the limits in force keep events. */
  readonly whole: boolean;
}

export interface KeptHistoryParts {
  readonly shards: Shards;
  readonly history: History;
  readonly archives: Archives;
  readonly reader: ArchiveReader;
  readonly writer: ArchiveWriter;
}

/**
 * A stream's history as its owner has limited it, wherever the events are: the newest in the shard, and all of them
 * in an archive where the shard keeps too few (ADR 0014). What is beyond the limits is never shown, whether it has
 * been deleted yet or not.
 */
export class KeptHistory {
  constructor(private readonly parts: KeptHistoryParts) {}

  async page(stream: KeptStream, query: PageQuery): Promise<HistoryPage> {
    const limits = historyOf(stream);
    const info = await this.upToDate(stream);
    if (info !== undefined) return this.parts.reader.page(stream, info, limits, query);
    const { chosen, total } = choose(await this.recent(stream), query);
    return { events: chosen, total };
  }

  /** How many events of each stream are kept, in the same order. */
  async counts(streams: readonly KeptStream[]): Promise<number[]> {
    const counts = await this.parts.shards.counts(streams);
    return Promise.all(
      streams.map(async (stream, n) => {
        const limits = historyOf(stream);
        const simple = limits.maxAgeS === null && !needsArchive(limits);
        return simple ? Math.min(counts[n] ?? 0, limits.maxEvents) : this.count(stream);
      }),
    );
  }

  /**
   * The events that follow a place: those of one answer, at most 100 and at most 1 MiB unless a single one is larger.
   *
   * @param after a place that a subscriber has got to; its event may have been deleted since
   */
  async onward(stream: KeptStream, after: EventPlace): Promise<Run> {
    const info = needsArchive(historyOf(stream)) ? await this.current(stream) : undefined;
    return info === undefined ? this.onwardInShard(stream, after) : this.onwardFrom(stream, info, after);
  }

  /** The sequence of the oldest event that is kept, or undefined when there is none. */
  async oldest(stream: KeptStream): Promise<number | undefined> {
    const limits = historyOf(stream);
    const info = needsArchive(limits) ? await this.current(stream) : undefined;
    if (info === undefined || info.events === 0) return (await this.recent(stream))[0]?.seq;
    const { reader } = this.parts;
    const place = await reader.oldestPlace(stream, info, limits);
    return (await reader.from(stream, place, 1)).events[0]?.seq ?? (await this.recent(stream))[0]?.seq;
  }

  /** The archive, with everything in it that has been stored until now; undefined where there is none. */
  async upToDate(stream: KeptStream): Promise<ArchiveInfo | undefined> {
    if (!needsArchive(historyOf(stream))) return undefined;
    const through = await this.parts.writer.copy(stream);
    if (through === undefined) return undefined;
    const info = await this.parts.archives.info(stream);
    return info && { ...info, through };
  }

  private async count(stream: KeptStream): Promise<number> {
    const info = await this.upToDate(stream);
    if (info === undefined) return (await this.recent(stream)).length;
    const { reader } = this.parts;
    const place = await reader.oldestPlace(stream, info, historyOf(stream));
    return place === info.firstPlace ? info.events : reader.countFrom(stream, place);
  }

  /** What the shard keeps within the limits, oldest first. */
  private async recent(stream: KeptStream): Promise<StoredEvent[]> {
    const limits = historyOf(stream);
    const events = await this.parts.history.newest(stream, limits.maxEvents);
    const oldest = oldestTime(limits);
    return events.filter(({ ts }) => ts >= oldest);
  }

  /** The archive as it is; undefined where there is none, or none of this log. */
  private async current(stream: KeptStream): Promise<ArchiveInfo | undefined> {
    const { archives, shards } = this.parts;
    const [info, epoch] = await Promise.all([archives.info(stream), shards.epoch(stream)]);
    return info?.epoch === epoch ? info : undefined;
  }

  private async onwardFrom(stream: KeptStream, info: ArchiveInfo, after: EventPlace): Promise<Run> {
    const { archives, history, reader } = this.parts;
    const place =
      after.place === undefined
        ? await reader.search(stream, info, ({ seq }) => seq, after.seq + 1)
        : after.place + 1;
    const { events: found, pending } = await reader.from(stream, place, RUN_EVENTS, RUN_BYTES);
    // Some may have been copied since the place was looked for, which were read from the shard before.
    const events = found.filter(({ seq }) => seq > after.seq);
    // Asked for after the reading: what is kept now was kept all the time.
    const now = await archives.info(stream);
    if (now === undefined || now.firstPlace >= place) return this.onwardInShard(stream, after);
    if (pending > 0 || events.length > 0) return { events, whole: this.isRecent(stream, events[0]) };
    const tail = await history.after(stream, after.seq, RUN_BYTES);
    if (tail.wholeFrom > after.seq) return { events, whole: false };
    return { events: tail.events, whole: this.isRecent(stream, tail.events[0]) };
  }

  private async onwardInShard(stream: KeptStream, after: EventPlace): Promise<Run> {
    const { history, shards } = this.parts;
    const { events, pending } = await history.after(stream, after.seq, RUN_BYTES);
    const oldest = await shards.oldest(stream);
    const whole =
      oldest !== undefined &&
      oldest <= after.seq &&
      events.length + pending < historyOf(stream).maxEvents &&
      this.isRecent(stream, events[0]);
    return { events, whole };
  }

  private isRecent(stream: KeptStream, event: StoredEvent | undefined): boolean {
    return event === undefined || event.ts >= oldestTime(historyOf(stream));
  }
}
