import {
  type HistoryLimits,
  historyOf,
  type KeptStream,
  oldestTime,
  REPLAY_EVENTS,
  type StreamRef,
} from '#libs/contracts';
import { needsArchive } from './archive/archive-form.js';
import type { KeptHistory, KeptHistoryParts } from './kept-history.js';
import { KEPT_EVENTS } from './shard-config.js';

/** Times as many events as may be seen that a shard keeps where few may be: for gateways that were cut off. */
const SPARE = 4;

export interface HistoryKeeperParts extends KeptHistoryParts {
  readonly kept: KeptHistory;
  /** Called when events from one sequence to another, both included, have been deleted by somebody's wish. */
  readonly onDeleted: (ref: StreamRef, fromSeq: number, toSeq: number) => void;
  /** Called when a stream has an archive from now on. */
  readonly onArchived: (stream: KeptStream) => void;
}

/** Brings what is stored in line with what its owner wants: limits, archives, deletions (ADR 0014). */
export class HistoryKeeper {
  constructor(private readonly parts: HistoryKeeperParts) {}

  /**
   * Makes the archive of a stream if its limits want one and it has none, before anybody counts on it: from now on
   * this process misses no event of it.
   */
  async prepare(stream: KeptStream): Promise<void> {
    const limits = historyOf(stream);
    const { archives, onArchived } = this.parts;
    if (!needsArchive(limits)) return;
    if ((await archives.info(stream)) === undefined) await archives.provide(stream, limits);
    onArchived(stream);
  }

  /**
   * Puts limits in force for what is stored already. What has left a history by its age, or because it was lowered,
   * does not come back when it is raised.
   *
   * @param before the limits that were in force until now
   */
  async limit(stream: KeptStream, before: HistoryLimits): Promise<void> {
    const limits = historyOf(stream);
    const { archives, shards } = this.parts;
    await this.deleteAged({ ...stream, history: before });
    const fewest = Math.min(limits.maxEvents, before.maxEvents);
    const lowered = limits.maxEvents < before.maxEvents;
    if (fewest < (lowered ? KEPT_EVENTS : REPLAY_EVENTS)) await shards.keepNewest(stream, fewest);
    if (!needsArchive(limits)) await archives.remove(stream);
    await this.enforce(stream);
  }

  /** Deletes what the limits do not allow (any more), and makes the archive where it is missing. */
  async enforce(stream: KeptStream): Promise<void> {
    const limits = historyOf(stream);
    const { archives, shards, writer } = this.parts;
    await this.deleteAged(stream);
    if (limits.maxEvents < REPLAY_EVENTS) await shards.keepNewest(stream, SPARE * limits.maxEvents);
    if (!needsArchive(limits)) return;
    await archives.provide(stream, limits);
    await writer.copy(stream);
  }

  /**
   * Deletes the events from one sequence to another, both included. What is not kept is not missed.
   */
  async delete(stream: KeptStream, fromSeq: number, toSeq: number): Promise<void> {
    const info = await this.parts.kept.upToDate(stream);
    if (info === undefined) {
      await this.deleteInShard(stream, fromSeq, toSeq);
      this.parts.onDeleted(stream, fromSeq, toSeq);
      return;
    }
    const { archives, reader } = this.parts;
    // Events that come from now on are not meant. And what is deleted must not be copied again, by nobody.
    const last = Math.min(toSeq, info.through);
    await archives.mark(stream, info);
    await reader.settled(stream, info);
    await this.deleteInShard(stream, fromSeq, last);
    const seq = (event: { readonly seq: number }) => event.seq;
    const [first, end] = [
      await reader.search(stream, info, seq, fromSeq),
      await reader.search(stream, info, seq, last + 1),
    ];
    if (first === info.firstPlace) await archives.deleteBefore(stream, end);
    else await archives.deleteAt(stream, range(first, end));
    this.parts.onDeleted(stream, fromSeq, last);
  }

  /** Deletes all there is of a stream, its archive too. */
  async purge(ref: StreamRef): Promise<void> {
    await Promise.all([this.parts.shards.purge(ref), this.parts.archives.remove(ref)]);
    this.parts.onDeleted(ref, 1, Number.MAX_SAFE_INTEGER);
  }

  /** The ids of the streams that have an archive. @param workspace Default: all workspaces */
  archived(workspace?: string): Promise<string[]> {
    return this.parts.archives.streams(workspace);
  }

  /** Removes the archive of a stream, if it has one. */
  async unarchive(ref: Pick<StreamRef, 'stream'>): Promise<void> {
    await this.parts.archives.remove(ref);
  }

  private async deleteInShard(ref: StreamRef, fromSeq: number, toSeq: number): Promise<void> {
    const { history, shards } = this.parts;
    const [{ events }, oldest] = [await history.from(ref, fromSeq), await shards.oldest(ref)];
    const seqs = events.map(({ seq }) => seq).filter((seq) => seq <= toSeq);
    const newest = seqs.at(-1);
    if (newest === undefined || oldest === undefined) return;
    if (fromSeq <= oldest) await shards.purge(ref, newest + 1);
    else await shards.deleteMessages(ref, seqs);
  }

  private async deleteAgedInArchive(stream: KeptStream): Promise<void> {
    const { archives, reader } = this.parts;
    const limits = historyOf(stream);
    const info = limits.maxAgeS === null ? undefined : await archives.info(stream);
    if (info === undefined) return;
    const place = await reader.oldestPlace(stream, info, limits);
    if (place > info.firstPlace) await archives.deleteBefore(stream, place);
  }

  private async deleteAged(stream: KeptStream): Promise<void> {
    const { history, shards } = this.parts;
    const oldest = oldestTime(historyOf(stream));
    // One event tells whether there is anything to do; then as many as an answer takes.
    let [seq, bytes]: [number, number | undefined] = [0, 1];
    for (;;) {
      const { events } = await history.after(stream, seq, bytes);
      const aged = events.findLast(({ ts }) => ts < oldest);
      if (aged === undefined) break;
      [seq, bytes] = [aged.seq, undefined];
    }
    if (seq > 0) await shards.purge(stream, seq + 1);
    await this.deleteAgedInArchive(stream);
  }
}

function range(from: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - from) }, (_, n) => from + n);
}
