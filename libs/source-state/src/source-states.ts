import { isStreamId } from '#libs/contracts';
import { Bucket, type Kept } from '#libs/kv';
import type { NatsLink } from '#libs/nats-connection';

/** What is kept about a source beside its settings: each by itself, since each has other writers. */
export const STATE_SLOTS = ['dedupe', 'feed', 'error'] as const;
export type StateSlot = (typeof STATE_SLOTS)[number];

/** A state as it was at a revision. */
export interface SourceState {
  /** Undefined when what is kept is damaged; writing over it mends it. */
  readonly value: unknown;
  readonly revision: number;
}

export interface SourceStatesOptions {
  /** Copies of the states in a NATS cluster: 1, 3 or 5. Counts only when the bucket is first created. */
  readonly replicas: number;
}

/**
 * What sources remember between events, for all ingest replicas together. Nothing is cached, and each write names
 * the revision that it is based on, so of two replicas that write at once one learns that it has to look again.
 */
export class SourceStates {
  private readonly bucket: Bucket;

  /** Returns at once, whether NATS is there or not. @param link stays the caller's to close */
  constructor(link: NatsLink, { replicas }: SourceStatesOptions) {
    this.bucket = new Bucket(link, {
      name: 'RUNNEL_SOURCE_STATE',
      description: 'Positions and errors of the sources of Runnel. Belongs to Runnel: do not edit by hand.',
      unavailable: 'The state of the source cannot be reached at the moment.',
      replicas,
    });
  }

  /** @throws Problem `unavailable`, as all methods do */
  async read(sourceId: string, slot: StateSlot): Promise<SourceState | undefined> {
    const kept = await this.bucket.read(keyOf(sourceId, slot));
    return kept === undefined ? undefined : { value: valueIn(kept), revision: kept.revision };
  }

  /**
   * What several sources keep in one slot, by source, in a few requests however many they are. Those that keep nothing are
   * left out; undefined stands for what is damaged.
   */
  async valuesOf(sourceIds: readonly string[], slot: StateSlot): Promise<Map<string, unknown>> {
    if (sourceIds.length === 0) return new Map();
    const idOf = new Map(sourceIds.map((id) => [keyOf(id, slot), id]));
    // Most slots are empty, and those would be asked for one by one.
    const keys = (await this.bucket.keys(`${slot}.*`)).filter((key) => idOf.has(key));
    const kept = await this.bucket.readMany(keys);
    return new Map([...kept].map(([key, state]) => [idOf.get(key) as string, valueIn(state)]));
  }

  /**
   * Writes a state, a JSON value.
   *
   * @param expected the revision to write over; undefined for a state that must not exist yet
   * @returns the new revision, or undefined when somebody else wrote meanwhile
   */
  async write(
    sourceId: string,
    slot: StateSlot,
    value: unknown,
    expected: number | undefined,
  ): Promise<number | undefined> {
    const key = keyOf(sourceId, slot);
    const text = JSON.stringify(value);
    return expected === undefined ? this.bucket.create(key, text) : this.bucket.replace(key, text, expected);
  }

  /** Removes one state, if it still has this revision. */
  async remove(sourceId: string, slot: StateSlot, revision: number): Promise<void> {
    await this.bucket.remove(keyOf(sourceId, slot), revision);
  }

  /** Removes everything that is kept about a source. */
  async forget(sourceId: string): Promise<void> {
    await Promise.all(STATE_SLOTS.map((slot) => this.bucket.remove(keyOf(sourceId, slot))));
  }
}

/** A caller's text must never become part of a key: only ids that Runnel made get here. */
function keyOf(sourceId: string, slot: StateSlot): string {
  if (!isStreamId(sourceId)) throw new TypeError('Not the id of a source.');
  return `${slot}.${sourceId}`;
}

function valueIn({ text }: Kept): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
