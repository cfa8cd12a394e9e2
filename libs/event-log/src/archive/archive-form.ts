import { RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/nats-core';
import type { HistoryLimits, StreamRef } from '#libs/contracts';
import { readHeaders } from '../header-values.js';
import { KEPT_EVENTS } from '../shard-config.js';
import { type StoredEvent, storedEvent } from '../stored-event.js';
import { token } from '../subjects.js';

/** Headers of an event in an archive: its sequence and time in the shard, which are what everybody knows it by. */
export const ORIGIN_SEQ_HEADER = 'Runnel-Seq';
export const ORIGIN_TIME_HEADER = 'Runnel-Time';

/** Metadata of an archive: the log that it belongs to, and how far it has got in it. */
const EPOCH_METADATA = 'runnel-epoch';
const THROUGH_METADATA = 'runnel-through';

const PREFIX = 'ARCHIVE_';
/** The shortest window that JetStream takes: events are known by their place here, not by an id. */
const DUPLICATE_WINDOW_MS = 100;
const NANOS_PER_MS = 1_000_000;

/** An event in an archive. */
export interface ArchivedEvent extends StoredEvent {
  /** Its sequence in the archive: rises by one from event to event, where none was deleted. */
  readonly place: number;
}

/** Whether limits ask for more than a shard keeps, and so for an archive of the stream's own. */
export function needsArchive({ maxEvents }: HistoryLimits): boolean {
  return maxEvents > KEPT_EVENTS;
}

/** The JetStream stream of an archive. */
export function archiveName({ stream }: Pick<StreamRef, 'stream'>): string {
  return PREFIX + token(stream);
}

/** The subject of the events in an archive; `*` for all workspaces or all streams. */
export function archiveSubject(workspace: string, stream: string): string {
  return `archive.${workspace === '*' ? '*' : token(workspace)}.${stream === '*' ? '*' : token(stream)}`;
}

/** The stream's id in the name of its archive. */
export function archivedStream(name: string): string {
  return name.slice(PREFIX.length);
}

/** The stream whose archive this is; undefined for a JetStream stream that is none. */
export function archivedRef({ name, subjects = [] }: StreamConfig): StreamRef | undefined {
  const [, workspace, stream] = /^archive\.([^.*>]+)\.([^.*>]+)$/.exec(subjects[0] ?? '') ?? [];
  if (workspace === undefined || stream === undefined || name !== archiveName({ stream })) return undefined;
  return { workspace, stream };
}

/** The same archive, as one of another log. */
export function withEpoch(config: StreamConfig, epoch: string): StreamConfig {
  return { ...config, metadata: { ...config.metadata, [EPOCH_METADATA]: epoch } };
}

/** What the limits make of an archive. */
export function archiveLimits({ maxEvents, maxAgeS }: HistoryLimits) {
  return { max_msgs: maxEvents, max_age: (maxAgeS ?? 0) * 1_000 * NANOS_PER_MS };
}

/** A new archive. */
export function newArchive(
  { workspace, stream }: StreamRef,
  limits: HistoryLimits,
  { epoch, replicas }: { epoch: string; replicas: number },
) {
  return {
    ...archiveLimits(limits),
    name: archiveName({ stream }),
    description: 'The longer history of a stream of Runnel. Belongs to Runnel: do not edit by hand.',
    subjects: [archiveSubject(workspace, stream)],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    num_replicas: replicas,
    duplicate_window: DUPLICATE_WINDOW_MS * NANOS_PER_MS,
    allow_direct: true,
    metadata: archiveMetadata({ epoch, through: 0 }),
  };
}

/** What an archive says of itself. */
export interface ArchiveMark {
  /** The epoch of the log that its events are from. */
  readonly epoch: string;
  /** Up to this sequence every event has been here, and those that are missing were deleted or left by age. */
  readonly through: number;
}

export function archiveMetadata({ epoch, through }: ArchiveMark): Record<string, string> {
  return { [EPOCH_METADATA]: epoch, [THROUGH_METADATA]: String(through) };
}

export function archiveMark({ metadata = {} }: Pick<StreamConfig, 'metadata'>): ArchiveMark {
  return { epoch: metadata[EPOCH_METADATA] ?? '', through: Number(metadata[THROUGH_METADATA]) || 0 };
}

/** The limits in an archive's configuration. */
export function limitsOf({ max_msgs, max_age }: StreamConfig): HistoryLimits {
  return { maxEvents: max_msgs, maxAgeS: max_age === 0 ? null : max_age / NANOS_PER_MS / 1_000 };
}

/** The event in the answer to a direct get from an archive, or undefined when the message is none. */
export function archivedEvent(message: Msg): ArchivedEvent | undefined {
  const event = storedEvent(message);
  const headers = readHeaders(message);
  const seq = Number(headers?.last(ORIGIN_SEQ_HEADER));
  if (event === undefined || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  return { ...event, place: event.seq, seq, ts: Number(headers?.last(ORIGIN_TIME_HEADER)) };
}
