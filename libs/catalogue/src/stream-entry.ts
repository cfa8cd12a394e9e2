import { z } from 'zod';
import {
  DEFAULT_HISTORY,
  type HistoryLimits,
  isName,
  isStreamId,
  MAX_HISTORY_AGE_S,
  MAX_HISTORY_EVENTS,
  Problem,
  type StreamKind,
  type Visibility,
} from '#libs/contracts';
import type { Kept } from '#libs/kv';

/** What the catalogue knows of one source or workflow, and of the stream that shares its id. */
export interface StreamEntry {
  readonly id: string;
  readonly kind: StreamKind;
  /** `workflow`, or the type of the source, such as `http`. */
  readonly type: string;
  /** Slug, unique over sources and workflows of the workspace. */
  readonly name: string;
  readonly workspace: string;
  readonly visibility: Visibility;
  /** Whether it accepts events. */
  readonly active: boolean;
  /** How many events are kept, and for how long. */
  readonly history: HistoryLimits;
  /** What the type keeps; its `endpointToken`, if any, leads to the entry. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly updatedAt: string;
  /** Grows with each change. */
  readonly revision: number;
}

const storedHistory = z.object({
  maxEvents: z.int().min(1).max(MAX_HISTORY_EVENTS),
  maxAgeS: z.int().min(1).max(MAX_HISTORY_AGE_S).nullable(),
});

/** Fields that a newer version added are let through, so that old and new services can run side by side. */
const stored = z.object({
  id: z.string().refine(isStreamId),
  kind: z.enum(['source', 'workflow']),
  type: z.string().min(1),
  name: z.string().refine(isName),
  workspace: z.string().min(1),
  visibility: z.enum(['public', 'private']),
  active: z.boolean(),
  // Entries of earlier versions have none.
  history: storedHistory.default(DEFAULT_HISTORY),
  settings: z.record(z.string(), z.unknown()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

/** The text kept for an entry. Its revision is the bucket's. */
export function encodeEntry({ revision: _, ...entry }: StreamEntry): string {
  return JSON.stringify(entry);
}

/** @throws Problem `internal-error` when the text is damaged; nothing else suffers from it */
export function decodeEntry(id: string, { text, revision }: Kept): StreamEntry {
  try {
    const entry = stored.parse(JSON.parse(text));
    if (entry.id !== id) throw new Error(`the entry of ${id} names itself ${entry.id}`);
    return { ...entry, revision };
  } catch (cause) {
    throw new Problem('internal-error', `What is kept about ${id} is damaged.`, { cause });
  }
}

/** The token of the entry's own address, if it has one. */
export function endpointTokenOf({ settings }: Pick<StreamEntry, 'settings'>): string | undefined {
  return typeof settings.endpointToken === 'string' ? settings.endpointToken : undefined;
}
