import { z } from 'zod';
import { Problem } from '#libs/contracts';
import type { Bucket } from '#libs/kv';

/** Entry of the keys' bucket that lists the root keys. That it exists says that the first start is done. */
const ENTRY = 'roots';

const rootsSchema = z.object({ ids: z.array(z.string()) });

/**
 * Which keys are root keys. One entry, changed by compare-and-set: so exactly one of many replicas makes the first
 * key, and two that are removed at the same moment cannot leave the system without any.
 */
export class RootKeys {
  constructor(private readonly bucket: Bucket) {}

  /** Whether there is a first key. */
  async exist(): Promise<boolean> {
    return (await this.bucket.read(ENTRY)) !== undefined;
  }

  /** Makes this key the first. @returns false when there is a first key already */
  async begin(id: string): Promise<boolean> {
    return (await this.bucket.create(ENTRY, JSON.stringify({ ids: [id] }))) !== undefined;
  }

  async add(id: string): Promise<void> {
    await this.change((ids) => (ids.includes(id) ? ids : [...ids, id]));
  }

  /** @throws Problem `conflict` for the only one */
  async remove(id: string): Promise<void> {
    await this.change((ids) => {
      const others = ids.filter((other) => other !== id);
      if (others.length > 0) return others;
      throw new Problem(
        'conflict',
        'This is the only root key: without it no workspace could be managed. Add another first.',
      );
    });
  }

  private async change(to: (ids: readonly string[]) => readonly string[]): Promise<void> {
    await this.bucket.change(ENTRY, (text) => {
      const old = text === undefined ? [] : rootsSchema.parse(JSON.parse(text)).ids;
      const ids = to(old);
      return ids === old ? undefined : JSON.stringify({ ids });
    });
  }
}
