import { type HistoryLimits, oldestTime, type StreamRef } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';
import { pause } from '#libs/timing';
import type { DirectAnswer } from '../direct-get.js';
import type { DirectGetters } from '../direct-getters.js';
import { choose, type HistoryPage, type PageQuery } from '../history-query.js';
import { unlessUnable } from '../jetstream-api.js';
import { type ArchivedEvent, archivedEvent, archiveName, archiveSubject } from './archive-form.js';
import { archiveIndex } from './archive-index.js';
import type { ArchiveInfo } from './archives.js';

/** Events asked for in one answer. */
const BATCH = 100;

/** Where in an archive events are. */
type Places = Pick<ArchiveInfo, 'firstPlace' | 'lastPlace'>;

/** Reads archives: by place, which rises by one from event to event, and by what is found by looking for it. */
export class ArchiveReader {
  /** @param link stays the caller's to close */
  constructor(
    private readonly link: NatsLink,
    private readonly getters: DirectGetters,
  ) {}

  /** Events from a place on, oldest first: one answer's worth, or fewer. @param bytes Default: 8 MiB */
  from(ref: StreamRef, place: number, limit = BATCH, bytes?: number): Promise<DirectAnswer<ArchivedEvent>> {
    const request = {
      next_by_subj: archiveSubject(ref.workspace, ref.stream),
      seq: Math.max(1, place),
      batch: Math.min(limit, BATCH),
      ...(bytes !== undefined && { max_bytes: bytes }),
    };
    return this.getters.next().ask(archiveName(ref), request, archivedEvent);
  }

  /**
   * The place of the first event for which a value that never falls from event to event has got to what is wanted;
   * one more than the last place where none has.
   */
  async search(
    ref: StreamRef,
    { firstPlace, lastPlace }: Places,
    value: (event: ArchivedEvent) => number,
    wanted: number,
  ): Promise<number> {
    let low = firstPlace;
    let high = lastPlace + 1;
    let below: { place: number; value: number } | undefined;
    let above: { place: number; value: number } | undefined;
    for (let probes = 0; low < high; probes += 1) {
      const guess = probes % 3 === 2 ? undefined : between(below, above, wanted);
      const probe = clamp(probes === 0 ? low : (guess ?? Math.floor((low + high) / 2)), low, high - 1);
      const event = (await this.from(ref, probe, 1)).events[0];
      if (event === undefined || event.place >= high) {
        high = probe;
      } else if (value(event) >= wanted) {
        above = { place: event.place, value: value(event) };
        high = probe;
      } else {
        below = { place: event.place, value: value(event) };
        low = event.place + 1;
      }
    }
    return low;
  }

  /** Place of the oldest event that has not left the history by its age. */
  oldestPlace(ref: StreamRef, places: Places, limits: HistoryLimits): Promise<number> {
    if (limits.maxAgeS === null) return Promise.resolve(places.firstPlace);
    return this.search(ref, places, ({ ts }) => ts, oldestTime(limits));
  }

  /** Waits until replicas know the newest event, for half a second at the most: it may have been deleted. */
  async settled(ref: StreamRef, { lastPlace }: Places): Promise<void> {
    const newest = { last_by_subj: archiveSubject(ref.workspace, ref.stream) };
    for (let looks = 0; looks < 10; looks += 1) {
      const { events } = await this.getters.next().ask(archiveName(ref), newest, archivedEvent);
      if (events[0]?.place === lastPlace) return;
      await pause(50);
    }
  }

  /** How many events there are from a place on. */
  async countFrom(ref: StreamRef, place: number): Promise<number> {
    const { events, pending } = await this.from(ref, place, 1);
    return events.length + pending;
  }

  async page(
    ref: StreamRef,
    info: ArchiveInfo,
    limits: HistoryLimits,
    query: PageQuery,
  ): Promise<HistoryPage> {
    const first = await this.oldestPlace(ref, info, limits);
    const places = { firstPlace: first, lastPlace: info.lastPlace };
    if (query.channel !== undefined) return this.channelPage(ref, first, query);
    const total = first === info.firstPlace ? info.events : await this.countFrom(ref, first);
    return { events: await this.choose(ref, places, query), total };
  }

  private async choose(ref: StreamRef, places: Places, query: PageQuery): Promise<ArchivedEvent[]> {
    const { limit, beforeSeq, afterSeq } = query;
    const seek = (seq: number) => this.search(ref, places, (event) => event.seq, seq);
    if (afterSeq !== undefined) return this.onward(ref, await seek(afterSeq + 1), places.lastPlace, limit);
    let end = beforeSeq === undefined ? places.lastPlace + 1 : await seek(beforeSeq);
    const found: ArchivedEvent[] = [];
    // Where events were deleted, fewer lie between two places than their difference.
    while (found.length < limit && end > places.firstPlace) {
      const start = Math.max(places.firstPlace, end - (limit - found.length));
      found.unshift(...(await this.onward(ref, start, end - 1, limit)));
      end = start;
    }
    return found;
  }

  private async onward(ref: StreamRef, start: number, last: number, limit: number): Promise<ArchivedEvent[]> {
    const found: ArchivedEvent[] = [];
    for (let place = start; place <= last && found.length < limit; ) {
      const { events, pending } = await this.from(ref, place, limit - found.length);
      found.push(...events.filter((event) => event.place <= last));
      place = (events.at(-1)?.place ?? last) + 1;
      if (pending === 0) break;
    }
    return found;
  }

  private async channelPage(ref: StreamRef, firstPlace: number, query: PageQuery): Promise<HistoryPage> {
    const index = await unlessUnable(
      this.link.whileUp((connection) =>
        archiveIndex(connection, archiveName(ref), firstPlace, this.link.newInbox()),
      ),
    );
    const { chosen, total } = choose(index, query);
    const read = chosen.map(({ place }) =>
      this.getters.next().ask(archiveName(ref), { seq: place }, archivedEvent),
    );
    return { events: (await Promise.all(read)).flatMap(({ events }) => events), total };
  }
}

type Sample = { readonly place: number; readonly value: number } | undefined;

/** Where the wanted value lies if it rises evenly between two places. */
function between(below: Sample, above: Sample, wanted: number): number | undefined {
  if (below === undefined || above === undefined || above.value <= below.value) return undefined;
  const share = (wanted - below.value) / (above.value - below.value);
  return Math.round(below.place + share * (above.place - below.place));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
