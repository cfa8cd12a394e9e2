import { GAP_EVENT, MAX_CURSOR_LENGTH, REPLAY_EVENTS } from '#libs/contracts';
import type { StoredEvent } from '#libs/event-log';
import { chunkBody, encodeFrame, framed } from '#libs/sse';
import { passes } from './channel-filter.js';
import { Connection, type ConnectionOptions } from './connection.js';
import type { FanOutMetrics } from './fan-out-metrics.js';
import type { Hub } from './hub.js';
import { firstPlace, mergedCursor, type PlaceMark, placeMark, resumeMerged } from './merged-cursor.js';
import { type MergedEvent, mergedFrame } from './merged-frame.js';
import { newest, type StartRequest } from './placement.js';

/** Bytes that are put together for one write. */
const WRITE_BYTES = 64 * 1024;

export interface MergedOptions extends ConnectionOptions, StartRequest {
  /** Channels that pass, or undefined for all events. */
  readonly channels?: ReadonlySet<string> | undefined;
  /** Whether the data says which stream it is from. */
  readonly envelope: boolean;
  /** Bytes of live events that may wait for the client before it is cut. */
  readonly maxWaitingBytes: number;
  readonly metrics: FanOutMetrics;
  /** Called when the session is over, whoever ended it. */
  readonly onLeave: (session: MergedSession) => void;
}

/** One of the streams, and how far the client has got in it. */
interface Source {
  readonly hub: Hub;
  ready: boolean;
  epoch: string;
  mark: PlaceMark;
  untap: () => void;
}

/** What is to be written, in order: an event of a source, or that events are missing in some of them. */
type Item =
  | { readonly source: Source; readonly event: MergedEvent; readonly live: boolean }
  | { readonly gap: Gap };

interface Gap {
  /** The cursor that could not be resumed from; undefined for the one that the client has got to. */
  readonly requested: string | undefined;
  /** The sources that begin anew, and where. */
  readonly begins: readonly Begin[];
}

interface Begin {
  readonly source: Source;
  readonly epoch: string;
  readonly place: number;
  readonly at: number;
}

/**
 * One subscriber's connection to several streams: each stream's events are one contiguous run in sequence order, as
 * on a connection of its own, and the replay is in the order of time. Ids are cursors over all of the streams, so
 * frames are put together for each such connection; payloads stay shared (ADR 0011).
 */
export class MergedSession extends Connection<MergedOptions> {
  private readonly sources: readonly Source[];
  private started = false;
  private starting = false;
  private timeMs = 0;
  private queue: Item[] = [];
  private next = 0;
  /** Bytes of live events in the queue. */
  private waiting = 0;
  private stuck = false;
  private scheduled = false;

  /** @param hubs one for each stream, in the order of the streams' ids */
  constructor(hubs: readonly Hub[], options: MergedOptions) {
    super(options);
    const mark = { digits: 0, check: 0 };
    this.sources = hubs.map((hub) => ({ hub, ready: false, epoch: '', mark, untap: () => {} }));
  }

  /** Begins to listen; delivers as soon as the history of every stream is known. */
  open(): void {
    for (const source of this.sources) {
      source.untap = source.hub.tap({
        onWindow: (anew) => this.windowOf(source, anew),
        onEvent: (event, frame) => this.eventOf(source, event, frame),
        onClose: () => this.end('drain'),
      });
    }
  }

  protected get blocked(): boolean {
    return this.stuck;
  }

  protected lastId(): string | undefined {
    return this.started ? this.cursor() : undefined;
  }

  protected detach(): void {
    for (const { untap } of this.sources) untap();
    this.queue = [];
    this.options.onLeave(this);
  }

  private windowOf(source: Source, anew: boolean): void {
    source.ready = true;
    if (!this.started) {
      if (!this.starting && this.sources.every(({ ready }) => ready)) void this.startWhenKnown();
      return;
    }
    if (!anew) return;
    this.queue.push({ gap: { requested: undefined, begins: [beginning(source, 0)] } });
    for (const item of keptAfter(source, 0)) this.queue.push(item);
    this.wake();
  }

  private eventOf(source: Source, { seq, channel, ts }: StoredEvent, frame: Buffer): void {
    if (!this.started) return;
    const { ref, history } = source.hub;
    const event = { stream: ref.stream, epoch: history.epoch, seq, at: ts, channel, frame };
    this.queue.push({ source, event, live: true });
    if (passes(this.options.channels, event.channel)) this.waiting += frame.length;
    if (this.stuck && this.waiting > this.options.maxWaitingBytes) {
      this.cut('slow');
    } else this.wake();
  }

  private async startWhenKnown(): Promise<void> {
    this.starting = true;
    const { cursor } = this.options;
    let places = this.resume(cursor);
    if (places?.includes(undefined) === true) {
      // The client may come from another gateway and have got what is still on its way to this one.
      await Promise.all(this.sources.map(({ hub }) => hub.catchUp()));
      places = this.resume(cursor);
    }
    if (!this.over) this.start(places);
  }

  private resume(cursor: string | undefined): (number | undefined)[] | undefined {
    return cursor === undefined ? undefined : resumeMerged(cursor, this.sources.map(mergedHistory));
  }

  private start(resumed: readonly (number | undefined)[] | undefined): void {
    this.started = true;
    const { cursor, replay = REPLAY_EVENTS } = this.options;
    const begins = this.sources.map((source, index) => {
      const seq = resumed?.[index];
      if (seq !== undefined) return beginAt(source, seq);
      return beginning(source, newest(source.hub.history, cursor === undefined ? replay : REPLAY_EVENTS));
    });
    for (const begin of begins) this.begin(begin);
    const lost = begins.filter((_, index) => resumed !== undefined && resumed[index] === undefined);
    if (lost.length > 0) this.queue.push({ gap: { requested: cursor, begins: lost } });
    for (const item of inOrderOfTime(begins.map(({ source, place }) => keptAfter(source, place)))) {
      this.queue.push(item);
    }
    this.pump();
  }

  private wake(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // What comes in one turn goes out in one write.
    setImmediate(() => {
      this.scheduled = false;
      this.pump();
    });
  }

  private pump(): void {
    const { outlet, metrics } = this.options;
    while (!this.over && !this.stuck && this.next < this.queue.length) {
      const bytes = this.take();
      if (bytes.length === 0) continue;
      metrics.bytes.inc(bytes.length);
      if (outlet.write(framed(outlet.framing, bytes))) continue;
      this.stuck = true;
      outlet.onDrain(() => {
        this.stuck = false;
        this.pump();
      });
    }
    this.queue.splice(0, this.next);
    this.next = 0;
  }

  /** The next frames to write, about as many as make a good write. */
  private take(): Buffer {
    const frames: Buffer[] = [];
    for (let bytes = 0; bytes < WRITE_BYTES && this.next < this.queue.length; this.next += 1) {
      const item = this.queue[this.next] as Item;
      const frame = 'gap' in item ? this.gapFrame(item.gap) : this.eventFrame(item);
      if (frame === undefined) continue;
      frames.push(frame);
      bytes += frame.length;
    }
    return Buffer.concat(frames);
  }

  private eventFrame({ source, event, live }: Extract<Item, { event: MergedEvent }>): Buffer | undefined {
    source.mark = placeMark(event.stream, event.epoch, event.seq);
    this.timeMs = Math.max(this.timeMs, event.at);
    if (!passes(this.options.channels, event.channel)) return undefined;
    if (live) this.waiting -= event.frame.length;
    return mergedFrame(event, this.cursor(), this.options.envelope);
  }

  private gapFrame({ requested = this.cursor(), begins }: Gap): Buffer {
    for (const begin of begins) this.begin(begin);
    this.options.metrics.gaps.inc();
    return encodeFrame({
      id: this.cursor(),
      event: GAP_EVENT,
      data: JSON.stringify({
        requested: requested.slice(0, MAX_CURSOR_LENGTH),
        oldest: cursorAt(this.sources.map((source) => beginning(source, 0))),
        newest: cursorAt(this.sources.map((source) => beginning(source, source.hub.history.lastSeq))),
        streams: begins.map(({ source }) => source.hub.ref.stream),
      }),
    });
  }

  private begin({ source, epoch, place, at }: Begin): void {
    source.epoch = epoch;
    source.mark = placeMark(source.hub.ref.stream, epoch, place);
    this.timeMs = Math.max(this.timeMs, at);
  }

  private cursor(): string {
    return mergedCursor(
      this.timeMs,
      this.sources.map(({ mark }) => mark),
    );
  }
}

function mergedHistory({ hub }: Source) {
  return { stream: hub.ref.stream, history: hub.history };
}

function beginning(source: Source, afterSeq: number): Begin {
  return beginAt(source, firstPlace(source.hub.history, afterSeq));
}

function beginAt(source: Source, place: number): Begin {
  const { entries, epoch } = source.hub.history;
  const at = entries.find(({ key }) => key === place)?.at ?? 0;
  return { source, epoch, place, at };
}

function cursorAt(begins: readonly Begin[]): string {
  const marks = begins.map(({ source, epoch, place }) => placeMark(source.hub.ref.stream, epoch, place));
  return mergedCursor(Math.max(...begins.map(({ at }) => at)), marks);
}

/** What a source's hub keeps after a place. The bytes stay the hub's. */
function keptAfter(source: Source, place: number): Extract<Item, { event: MergedEvent }>[] {
  const { hub } = source;
  const { entries, epoch } = hub.history;
  return entries
    .filter(({ key }) => key > place)
    .map((entry) => {
      const { key, tag, at } = entry;
      const frame = chunkBody(hub.frameOf(entry));
      const event = { stream: hub.ref.stream, epoch, seq: key, at, channel: tag, frame };
      return { source, event, live: false };
    });
}

/** Merges runs by time, each staying in its own order even where its times do not rise. */
function* inOrderOfTime<T extends { event: MergedEvent }>(runs: readonly (readonly T[])[]): Generator<T> {
  const heads = runs.filter((run) => run.length > 0).map((run) => ({ run, index: 0 }));
  while (heads.length > 0) {
    let earliest = heads[0] as (typeof heads)[number];
    for (const head of heads) if (timeOf(head) < timeOf(earliest)) earliest = head;
    yield earliest.run[earliest.index] as T;
    earliest.index += 1;
    if (earliest.index === earliest.run.length) heads.splice(heads.indexOf(earliest), 1);
  }
}

function timeOf<T extends { event: MergedEvent }>({
  run,
  index,
}: {
  run: readonly T[];
  index: number;
}): number {
  return (run[index] as T).event.at;
}
