import type { HistoryLimits, StreamRef } from '#libs/contracts';
import { sameHistory } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';
import { API_CODES, JetStreamApi, unless } from '../jetstream-api.js';
import { deleteMessages, type Shards } from '../shards.js';
import {
  type ArchiveMark,
  archivedStream,
  archiveLimits,
  archiveMark,
  archiveMetadata,
  archiveName,
  archiveSubject,
  limitsOf,
  newArchive,
  ORIGIN_SEQ_HEADER,
} from './archive-form.js';

/** How far the places jump when an archive begins anew: no copy that is still on its way can fit then. */
const JUMP = 1_000_000;

/** An archive as its leader sees it. */
export interface ArchiveInfo extends ArchiveMark {
  readonly limits: HistoryLimits;
  readonly events: number;
  /** Place of the oldest event; one more than `lastPlace` where there is none. */
  readonly firstPlace: number;
  /** Place of the newest event that ever was, deleted or not. */
  readonly lastPlace: number;
}

/**
 * The JetStream streams that keep longer histories: one for each stream whose owner wants more than its shard
 * keeps (ADR 0014). What is in them is the writer's affair.
 */
export class Archives {
  private readonly api: JetStreamApi;

  /** @param link stays the caller's to close */
  constructor(
    link: NatsLink,
    private readonly shards: Shards,
  ) {
    this.api = new JetStreamApi(link);
  }

  /** Makes the archive of a stream, empty, or gives the one that is there other limits. */
  async provide(ref: StreamRef, limits: HistoryLimits): Promise<void> {
    const found = await this.info(ref);
    if (found !== undefined) {
      if (!sameHistory(found.limits, limits)) await this.limit(ref, limits);
      return;
    }
    const [epoch, replicas] = await Promise.all([this.shards.epoch(ref), this.shards.replicasOf(ref)]);
    const made = await this.api.call(({ streams }) =>
      unless(API_CODES.streamNameInUse, streams.add(newArchive(ref, limits, { epoch, replicas }))),
    );
    // Another replica was faster, with other limits perhaps.
    if (made === undefined) await this.limit(ref, limits);
  }

  /** Removes the archive of a stream, if there is one. */
  async remove(ref: Pick<StreamRef, 'stream'>): Promise<void> {
    const name = archiveName(ref);
    await this.api.call(({ streams }) => unless(API_CODES.streamNotFound, streams.delete(name)));
  }

  /** The ids of the streams that have an archive. @param workspace Default: all of them */
  async streams(workspace = '*'): Promise<string[]> {
    const names = await this.api.call(async ({ streams }) => {
      const all: string[] = [];
      for await (const name of streams.names(archiveSubject(workspace, '*'))) all.push(name);
      return all;
    });
    return names.map(archivedStream);
  }

  /** Undefined where there is no archive. */
  async info(ref: StreamRef): Promise<ArchiveInfo | undefined> {
    const name = archiveName(ref);
    const info = await this.api.call(({ streams }) => unless(API_CODES.streamNotFound, streams.info(name)));
    if (info === undefined) return undefined;
    const { state, config } = info;
    return {
      ...archiveMark(config),
      limits: limitsOf(config),
      events: state.messages,
      firstPlace: state.messages === 0 ? state.last_seq + 1 : state.first_seq,
      lastPlace: state.last_seq,
    };
  }

  /**
   * The same, and how far the copying has got. The newest event is read from the leader after the rest: whoever
   * appends in between makes the place wrong, never the event older than what is there.
   */
  async progress(ref: StreamRef): Promise<ArchiveInfo | undefined> {
    const info = await this.info(ref);
    if (info === undefined) return undefined;
    const newest = { last_by_subj: archiveSubject(ref.workspace, ref.stream) };
    const message = await this.api.call(({ streams }) => streams.getMessage(archiveName(ref), newest));
    const seq = Number(message?.header.last(ORIGIN_SEQ_HEADER)) || 0;
    return { ...info, through: Math.max(info.through, seq) };
  }

  /** Writes down how far the copying has got, for when the events that show it are gone. */
  async mark(ref: StreamRef, mark: ArchiveMark): Promise<void> {
    const name = archiveName(ref);
    await this.api.call(async ({ streams }) => {
      const { config } = await streams.info(name);
      await streams.update(name, { metadata: { ...config.metadata, ...archiveMetadata(mark) } });
    });
  }

  /** Begins anew, empty, for events of the log with this epoch. */
  async restart(ref: StreamRef, { lastPlace }: ArchiveInfo, epoch: string): Promise<void> {
    await this.deleteBefore(ref, lastPlace + JUMP);
    await this.mark(ref, { epoch, through: 0 });
  }

  /** Deletes the events before a place. */
  async deleteBefore(ref: StreamRef, place: number): Promise<void> {
    await this.api.call(({ streams }) => streams.purge(archiveName(ref), { seq: place }));
  }

  /** Deletes events by their places; those that are gone already do not matter. */
  async deleteAt(ref: StreamRef, places: readonly number[]): Promise<void> {
    await deleteMessages(this.api, archiveName(ref), places);
  }

  private async limit(ref: StreamRef, limits: HistoryLimits): Promise<void> {
    await this.api.call(({ streams }) => streams.update(archiveName(ref), archiveLimits(limits)));
  }
}
