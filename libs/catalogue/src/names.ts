import { isName, numberedName, Problem } from '#libs/contracts';
import type { Bucket } from '#libs/kv';
import { isKeyPart, nameKey } from './keys.js';

/** Rounds of a contest for one name before the caller is asked to try later. */
const MAX_ROUNDS = 20;

/** A name that was written for an id, and the revision of that write. */
export interface Claim {
  readonly name: string;
  readonly revision: number;
}

/** Whose name it is, in which workspace. */
export interface NameOwner {
  readonly workspace: string;
  readonly id: string;
}

/**
 * The index from names to ids, in which a name belongs to one id at a time.
 *
 * A key of the index counts only as long as the entry it leads to exists and bears that name; otherwise it is a
 * left-over of a call that died halfway, and the next caller who wants the name takes it over. A call in progress
 * looks the same from outside, so each claims its name, writes its entry and then settles the claim: settling
 * writes the key once more, and fails for the one who was robbed in between. Nobody can rob after it, since the
 * robber's write names the revision that it looked at.
 */
export class Names {
  /** @param bears whether an entry with this id exists and has this name in this workspace */
  constructor(
    private readonly bucket: Bucket,
    private readonly bears: (owner: NameOwner, name: string) => Promise<boolean>,
  ) {}

  /** The id that the index has for a name; whether that entry bears it is for the caller to see. */
  async idOf(workspace: string, name: string): Promise<string | undefined> {
    if (!isKeyPart(workspace) || !isName(name)) return undefined;
    return (await this.bucket.read(nameKey(workspace, name)))?.text;
  }

  /** All names of the workspace that the index has, left-overs included. */
  async all(workspace: string): Promise<string[]> {
    if (!isKeyPart(workspace)) return [];
    const prefix = nameKey(workspace, '');
    return (await this.bucket.keys(`${prefix}*`)).map((key) => key.slice(prefix.length));
  }

  /** How many there are at the most; cheap. Counts names that were given back in the last minutes. */
  async estimate(workspace: string): Promise<number> {
    return isKeyPart(workspace) ? this.bucket.count(nameKey(workspace, '*')) : 0;
  }

  /** The id that each name leads to, left-overs included. */
  async owners(workspace: string): Promise<Map<string, string>> {
    const names = await this.all(workspace);
    const kept = await this.bucket.readMany(names.map((name) => nameKey(workspace, name)));
    const prefix = nameKey(workspace, '');
    return new Map([...kept].map(([key, { text }]) => [key.slice(prefix.length), text]));
  }

  /** @returns undefined when the name belongs to another entry */
  async claim(owner: NameOwner, name: string): Promise<Claim | undefined> {
    const key = nameKey(owner.workspace, name);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const created = await this.bucket.create(key, owner.id);
      if (created !== undefined) return { name, revision: created };
      const kept = await this.bucket.read(key);
      if (kept === undefined) continue;
      const rival = { workspace: owner.workspace, id: kept.text };
      if (rival.id !== owner.id && (await this.bears(rival, name))) return undefined;
      const taken = await this.bucket.replace(key, owner.id, kept.revision);
      if (taken !== undefined) return { name, revision: taken };
    }
    throw new Problem('unavailable', `Too many requests want the name ${name} at the same time.`);
  }

  /** Claims the name or, when it is taken, the first free one of `name-1`, `name-2` … */
  async claimNumbered(owner: NameOwner, name: string): Promise<Claim> {
    const plain = await this.claim(owner, name);
    if (plain !== undefined) return plain;
    const taken = new Set(await this.all(owner.workspace));
    for (let n = 1, lost = 0; lost < MAX_ROUNDS; n++) {
      const candidate = numberedName(name, n);
      if (taken.has(candidate)) continue;
      const claim = await this.claim(owner, candidate);
      if (claim !== undefined) return claim;
      lost++;
    }
    throw new Problem('unavailable', `Too many requests want the name ${name} at the same time.`);
  }

  /** To be called after the entry bears the name. @returns false when the name was lost meanwhile */
  async settle(owner: NameOwner, claim: Claim): Promise<boolean> {
    const key = nameKey(owner.workspace, claim.name);
    return (await this.bucket.replace(key, owner.id, claim.revision)) !== undefined;
  }

  /** Gives a name back, unless it is somebody else's by now, or was given to the same entry again. */
  async release(owner: NameOwner, name: string): Promise<void> {
    const key = nameKey(owner.workspace, name);
    const kept = await this.bucket.read(key);
    if (kept?.text !== owner.id || (await this.bears(owner, name))) return;
    await this.bucket.remove(key, kept.revision);
  }
}
