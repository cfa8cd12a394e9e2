import {
  DEFAULT_HISTORY,
  type HistoryLimits,
  kindOfStreamId,
  Problem,
  type StreamKind,
  sameHistory,
  type Visibility,
} from '#libs/contracts';
import type { Bucket } from '#libs/kv';
import type { NatsLink } from '#libs/nats-connection';
import { catalogueBucket } from './catalogue-bucket.js';
import type { CatalogueOptions } from './catalogue-options.js';
import { Entries } from './entries.js';
import { endpointKey, entryKey, historyKey, isKeyPart } from './keys.js';
import { type Claim, Names } from './names.js';
import { entryFrom, type NewEntry, slugOf } from './new-entry.js';
import { endpointTokenOf, type StreamEntry } from './stream-entry.js';

export type { NewEntry } from './new-entry.js';

/** Rounds of reading and writing one entry before its writer is told to try later. */
const MAX_ROUNDS = 10;

/** What of an entry can be changed; what is left out stays. */
export interface EntryChange {
  readonly name?: string | undefined;
  readonly visibility?: Visibility | undefined;
  readonly active?: boolean | undefined;
  readonly history?: HistoryLimits | undefined;
  /** Replaces all settings. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The workspaces' sources and workflows, kept in NATS.
 *
 * NATS KV has no transactions, so each call writes its keys in an order in which every prefix of the writes is
 * sound: an entry without which its name and endpoint lead nowhere is written last and removed first. A key that
 * leads nowhere counts as absent everywhere, and as free for whoever wants that name ({@link Names}).
 *
 * Nothing is cached; hot paths read through a StreamDirectory.
 */
export class Catalogue {
  private readonly bucket: Bucket;
  private readonly entries: Entries;
  private readonly names: Names;
  private readonly onError: (error: Error) => void;

  /** Returns at once, whether NATS is there or not. @param link stays the caller's to close */
  constructor(link: NatsLink, { replicas, onError = () => {} }: CatalogueOptions) {
    this.bucket = catalogueBucket(link, replicas);
    this.entries = new Entries(this.bucket);
    this.onError = onError;
    this.names = new Names(this.bucket, async ({ workspace, id }, name) => {
      try {
        const entry = await this.entries.read(id);
        return entry?.workspace === workspace && entry.name === name;
      } catch (error) {
        // A damaged entry may well bear the name, so nobody else gets it.
        if (isDamage(error)) return true;
        throw error;
      }
    });
  }

  /** Makes a source or workflow under its name or, when that is taken, under `name-1`, `name-2` … */
  async create(wanted: NewEntry): Promise<StreamEntry> {
    let entry = entryFrom(wanted);
    let claim = await this.names.claimNumbered(entry, entry.name);
    const token = endpointTokenOf(entry);
    if (token !== undefined) await this.keepEndpoint(token, entry.id);
    const kept = await this.entries.create({ ...entry, name: claim.name });
    if (kept === undefined) throw overtaken();
    entry = kept;
    while (!(await this.names.settle(entry, claim))) {
      claim = await this.names.claimNumbered(entry, entry.name);
      const renamed = await this.entries.replace({ ...entry, name: claim.name });
      if (renamed === undefined) throw overtaken();
      entry = renamed;
    }
    return entry;
  }

  /** Throws while nothing can be looked up here, as while the leader of a cluster is being elected. */
  async tryRead(): Promise<void> {
    await this.bucket.read(entryKey('_ready'));
  }

  get(id: string): Promise<StreamEntry | undefined> {
    return this.entries.read(id);
  }

  /** By id or name; undefined also for what belongs to another workspace. */
  async find(workspace: string, idOrName: string): Promise<StreamEntry | undefined> {
    const byId = await this.entries.read(idOrName);
    if (byId !== undefined) return byId.workspace === workspace ? byId : undefined;
    return this.findByName(workspace, idOrName);
  }

  /**
   * All of a workspace, or those of one kind, oldest first. Leaves damaged entries out.
   *
   * Two requests for 500 of them, so what was changed a moment ago may be as it was before.
   */
  async list(workspace: string, filter: { kind?: StreamKind | undefined } = {}): Promise<StreamEntry[]> {
    const owners = await this.names.owners(workspace);
    const entries = await this.entries.readMany([...owners.values()], this.onError);
    const found = entries.filter(
      ({ id, name, kind, workspace: owner }) =>
        // A name that leads to an entry which does not bear it is a left-over.
        owner === workspace && owners.get(name) === id && (filter.kind ?? kind) === kind,
    );
    return found.sort((a, b) => compare(a.createdAt, b.createdAt) || compare(a.id, b.id));
  }

  /** How many a workspace has at the most: one small request, which also counts what was deleted in the last minutes. */
  estimate(workspace: string): Promise<number> {
    return this.names.estimate(workspace);
  }

  /** How many a workspace has, of one kind or of both. */
  async count(workspace: string, kind?: StreamKind): Promise<number> {
    const owners = await this.names.owners(workspace);
    return [...owners.values()].filter((id) => kind === undefined || kindOfStreamId(id) === kind).length;
  }

  /**
   * Changes an entry. A function is asked again for each round when others change the entry at the same time.
   *
   * @param expectedRevision refuse to change anything but this revision
   * @throws Problem `not-found`; `conflict` for another revision or a name that is taken
   */
  async update(
    id: string,
    change: EntryChange | ((entry: StreamEntry) => EntryChange),
    expectedRevision?: number,
  ): Promise<StreamEntry> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const current = await this.entries.read(id);
      if (current === undefined) throw new Problem('not-found', 'There is nothing with this id.');
      if (current.revision !== (expectedRevision ?? current.revision)) throw overtaken();
      const updated = await this.write(current, typeof change === 'function' ? change(current) : change);
      if (updated !== undefined) return updated;
    }
    throw new Problem('unavailable', 'Too many requests change this at the same time.');
  }

  /** The entry goes first: without it its other keys lead nowhere. @returns false when there was none */
  async delete(id: string): Promise<boolean> {
    const entry = await this.entries.read(id);
    if (entry === undefined) return false;
    await this.entries.remove(id);
    await this.names.release(entry, entry.name);
    const token = endpointTokenOf(entry);
    if (token !== undefined) await this.bucket.remove(endpointKey(token));
    await this.bucket.erase(historyKey(id));
    return true;
  }

  /** The entry whose settings hold this `endpointToken`. */
  async byEndpointToken(token: string): Promise<StreamEntry | undefined> {
    if (!isKeyPart(token)) return undefined;
    const id = await this.bucket.read(endpointKey(token));
    const entry = id === undefined ? undefined : await this.entries.read(id.text);
    return entry !== undefined && endpointTokenOf(entry) === token ? entry : undefined;
  }

  /** All entries with a history of their own, in any workspace: those whose events somebody has to look after. */
  async withOwnHistory(): Promise<StreamEntry[]> {
    const prefix = historyKey('');
    const found: StreamEntry[] = [];
    for (const key of await this.bucket.keys(`${prefix}*`)) {
      const entry = await this.unlessDamaged(this.entries.read(key.slice(prefix.length)));
      // A key stays when its entry goes back to the usual history: somebody else may just be changing that again.
      if (entry !== undefined && hasOwnHistory(entry)) found.push(entry);
    }
    return found;
  }

  /** Deletes all entries of a workspace. @returns them, for whoever deletes their events */
  async deleteWorkspace(workspace: string): Promise<StreamEntry[]> {
    const entries = await this.list(workspace);
    for (const { id } of entries) await this.delete(id);
    return entries;
  }

  /** One round of an update. @returns undefined when another writer was faster */
  private async write(current: StreamEntry, change: EntryChange): Promise<StreamEntry | undefined> {
    const name = change.name === undefined ? current.name : slugOf(change.name);
    const next: StreamEntry = {
      ...current,
      name,
      visibility: change.visibility ?? current.visibility,
      active: change.active ?? current.active,
      history: change.history ?? current.history,
      settings: change.settings ?? current.settings,
      updatedAt: new Date().toISOString(),
    };
    const claim = name === current.name ? undefined : await this.names.claim(current, name);
    if (claim === undefined && name !== current.name) throw nameTaken(name);
    const [oldToken, token] = [endpointTokenOf(current), endpointTokenOf(next)];
    if (token !== undefined && token !== oldToken) await this.keepEndpoint(token, current.id);
    if (hasOwnHistory(next)) await this.bucket.write(historyKey(current.id), '');
    const updated = await this.entries.replace(next);
    if (updated === undefined) return undefined;
    if (claim !== undefined) await this.finishRename(current, updated, claim);
    if (oldToken !== undefined && token !== oldToken) await this.bucket.remove(endpointKey(oldToken));
    return updated;
  }

  /** The old name goes last: should we die before, it leads to an entry that does not bear it. */
  private async finishRename(old: StreamEntry, renamed: StreamEntry, claim: Claim): Promise<void> {
    if (await this.names.settle(renamed, claim)) {
      await this.names.release(old, old.name);
      return;
    }
    await this.entries.replace({ ...old, revision: renamed.revision });
    throw nameTaken(claim.name);
  }

  private async findByName(workspace: string, name: string): Promise<StreamEntry | undefined> {
    const id = await this.names.idOf(workspace, name);
    const entry = id === undefined ? undefined : await this.entries.read(id);
    return entry?.workspace === workspace && entry.name === name ? entry : undefined;
  }

  private unlessDamaged(reading: Promise<StreamEntry | undefined>): Promise<StreamEntry | undefined> {
    return reading.catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      this.onError(error);
      return undefined;
    });
  }

  private async keepEndpoint(token: string, id: string): Promise<void> {
    if (!isKeyPart(token)) throw new Problem('internal-error', 'The endpoint token cannot be used.');
    const key = endpointKey(token);
    if ((await this.bucket.create(key, id)) !== undefined) return;
    // An earlier round of the same update may have written it.
    if ((await this.bucket.read(key))?.text !== id) throw overtaken();
  }
}

function isDamage(error: unknown): error is Problem {
  return error instanceof Problem && error.code === 'internal-error';
}

function hasOwnHistory({ history }: StreamEntry): boolean {
  return !sameHistory(history, DEFAULT_HISTORY);
}

function nameTaken(name: string): Problem {
  return new Problem('conflict', `The name ${name} is taken in this workspace.`, {
    errors: [{ field: 'name', message: 'is taken' }],
  });
}

function overtaken(): Problem {
  return new Problem('conflict', 'It was changed by somebody else meanwhile: read it again and retry.');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
