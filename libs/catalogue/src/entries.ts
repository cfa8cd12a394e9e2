import { isStreamId, Problem } from '#libs/contracts';
import type { Bucket } from '#libs/kv';
import { entryKey } from './keys.js';
import { decodeEntry, encodeEntry, type StreamEntry } from './stream-entry.js';

/** The entries themselves, by id. What exists is decided here; names and endpoints only lead here. */
export class Entries {
  constructor(private readonly bucket: Bucket) {}

  /** @throws Problem `internal-error` for a damaged entry */
  async read(id: string): Promise<StreamEntry | undefined> {
    if (!isStreamId(id)) return undefined;
    const kept = await this.bucket.read(entryKey(id));
    return kept === undefined ? undefined : decodeEntry(id, kept);
  }

  /**
   * Those that exist, in few requests; what was changed a moment ago may be as it was before. In no order.
   *
   * @param onDamage hears of each damaged entry, which is left out
   */
  async readMany(ids: readonly string[], onDamage: (error: Problem) => void): Promise<StreamEntry[]> {
    const known = [...new Set(ids)].filter(isStreamId);
    const kept = await this.bucket.readMany(known.map(entryKey));
    return known.flatMap((id) => {
      const found = kept.get(entryKey(id));
      try {
        return found === undefined ? [] : decodeEntry(id, found);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        onDamage(error);
        return [];
      }
    });
  }

  /** Keeps a new entry. @returns undefined when the id is taken, which chance does not bring about */
  async create(entry: StreamEntry): Promise<StreamEntry | undefined> {
    const revision = await this.bucket.create(entryKey(entry.id), encodeEntry(entry));
    return revision === undefined ? undefined : { ...entry, revision };
  }

  /** Writes over the revision that the entry carries. @returns undefined when it changed meanwhile */
  async replace(entry: StreamEntry): Promise<StreamEntry | undefined> {
    const revision = await this.bucket.replace(entryKey(entry.id), encodeEntry(entry), entry.revision);
    return revision === undefined ? undefined : { ...entry, revision };
  }

  async remove(id: string): Promise<void> {
    await this.bucket.remove(entryKey(id));
  }
}
