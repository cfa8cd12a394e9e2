import { Bucket } from '#libs/kv';
import type { NatsLink } from '#libs/nats-connection';
import { fingerprintOf, isKeyId } from '../api-key.js';
import type { Revocation } from '../decision.js';
import { ACCESS_REVOKED } from '../subjects.js';
import { announce } from './announce.js';
import { type KeyRecord, readKeyRecord, writeKeyRecord } from './key-record.js';
import { RootKeys } from './root-keys.js';

/** Keys of a workspace that are revoked at the same time. */
const REVOKED_TOGETHER = 64;

export interface StoreOptions {
  /** Copies of the buckets in a NATS cluster: 1, 3 or 5. Counts when they are made. */
  readonly replicas: number;
}

/**
 * API keys in NATS KV: `key.<id>` is the key, `ws.<workspace>.<id>` an index, written before the key and removed
 * after it, so that no key can be good and missing from its workspace's list.
 *
 * Every method throws Problem `unavailable` when NATS cannot be reached.
 */
export class KeyStore {
  /** The keys that may open and delete workspaces. */
  readonly roots: RootKeys;
  private readonly bucket: Bucket;

  /** @param link stays the caller's to close */
  constructor(
    private readonly link: NatsLink,
    { replicas }: StoreOptions,
  ) {
    this.bucket = new Bucket(link, {
      name: 'RUNNEL_KEYS',
      description: 'API keys of Runnel, as hashes. Belongs to Runnel: do not edit by hand.',
      unavailable: 'The keys cannot be read or written at the moment.',
      replicas,
    });
    this.roots = new RootKeys(this.bucket);
  }

  /** @returns false when the id is taken, by a revoked key too */
  async create(record: KeyRecord): Promise<boolean> {
    await this.bucket.write(indexKey(record), '');
    return (await this.bucket.create(recordKey(record.id), writeKeyRecord(record))) !== undefined;
  }

  /** The key with this id, revoked or expired as it may be. */
  async get(id: string): Promise<KeyRecord | undefined> {
    if (!isKeyId(id)) return undefined;
    const kept = await this.bucket.read(recordKey(id));
    return kept && readKeyRecord(kept.text);
  }

  /** Many keys in few requests. What was written a moment ago may be old here: {@link get} is sure. */
  async getMany(ids: readonly string[]): Promise<Map<string, KeyRecord>> {
    const kept = await this.bucket.readMany(ids.filter(isKeyId).map(recordKey));
    const records = [...kept.values()].map(({ text }) => readKeyRecord(text));
    return new Map(records.map((record) => [record.id, record]));
  }

  /** The keys of a workspace that are not revoked, oldest first. */
  async list(workspace: string): Promise<KeyRecord[]> {
    const records = [...(await this.getMany(await this.idsOf(workspace))).values()];
    return records
      .filter((record) => record.workspace === workspace && record.revokedAt === undefined)
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  /** How many keys of a workspace are not revoked; one small request. */
  count(workspace: string): Promise<number> {
    return this.bucket.count(`ws.${workspace}.*`);
  }

  /** Gives a key another secret. The old one stops at once. @returns undefined when the key is gone or revoked */
  async rotate(id: string, hash: string): Promise<KeyRecord | undefined> {
    const record = await this.change(id, (old) => ({ ...old, hash, rotatedAt: Date.now() }));
    if (record !== undefined) await this.announce({ keyId: id, fingerprint: fingerprintOf(hash) });
    return record;
  }

  /** Ends a key: refused from now on. @returns false when there is none, or not any more */
  async revoke(id: string): Promise<boolean> {
    const record = await this.change(id, (old) => ({ ...old, revokedAt: Date.now() }));
    if (record === undefined) return false;
    await this.announce({ keyId: id });
    await this.bucket.erase(indexKey(record));
    return true;
  }

  /** Ends every key of a workspace. */
  async revokeAll(workspace: string): Promise<void> {
    for (;;) {
      const ids = (await this.idsOf(workspace)).slice(0, REVOKED_TOGETHER);
      if (ids.length === 0) return;
      await Promise.all(ids.map((id) => this.revokeOf(workspace, id)));
    }
  }

  private async revokeOf(workspace: string, id: string): Promise<void> {
    const record = await this.get(id);
    if (record?.workspace === workspace) await this.revoke(id);
    // Also of a key that was not written, or not revoked, to the end.
    await this.bucket.erase(indexKey({ id, workspace }));
  }

  private async idsOf(workspace: string): Promise<string[]> {
    const prefix = `ws.${workspace}.`;
    return (await this.bucket.keys(`${prefix}*`)).map((key) => key.slice(prefix.length));
  }

  private async change(id: string, to: (old: KeyRecord) => KeyRecord): Promise<KeyRecord | undefined> {
    if (!isKeyId(id)) return undefined;
    const written = await this.bucket.change(recordKey(id), (text) => {
      const old = text === undefined ? undefined : readKeyRecord(text);
      return old === undefined || old.revokedAt !== undefined ? undefined : writeKeyRecord(to(old));
    });
    return written === undefined ? undefined : readKeyRecord(written);
  }

  private announce(revocation: Revocation): Promise<void> {
    return announce(this.link, ACCESS_REVOKED, revocation);
  }
}

function recordKey(id: string): string {
  return `key.${id}`;
}

function indexKey({ workspace, id }: Pick<KeyRecord, 'workspace' | 'id'>): string {
  return `ws.${workspace}.${id}`;
}
