import { Inject, Injectable } from '@nestjs/common';
import {
  hashSecret,
  type KeyRecord,
  KeyStore,
  newApiKey,
  type Principal,
  WorkspaceStore,
} from '#libs/access';
import { Problem } from '#libs/contracts';
import { Quota } from '#libs/limits';
import { SETTINGS } from '#libs/service';
import type { AuthSettings } from '../auth-settings.js';
import type { KeyFields } from './key-fields.js';
import { type NewKey, newKey } from './new-key.js';
import { requireNotStronger, requireReach } from './strength.js';

/** The keys of the caller's workspace. Those of others do not exist here. */
@Injectable()
export class Keys {
  private readonly quota: Quota;

  constructor(
    private readonly store: KeyStore,
    private readonly workspaces: WorkspaceStore,
    @Inject(SETTINGS) { maxKeys }: Pick<AuthSettings, 'maxKeys'>,
  ) {
    const count = (workspace: string) => this.store.count(workspace);
    this.quota = new Quota({ what: 'keys', most: maxKeys, estimate: count, count });
  }

  /**
   * @throws Problem `not-allowed` for a key stronger than the caller's; `quota-exceeded` when the workspace has as
   *   many as it may
   */
  async create(caller: Principal, fields: KeyFields): Promise<NewKey> {
    const { name, scopes, streams = [...caller.streams], expiresAt = caller.expiresAt } = fields;
    const { workspace } = caller;
    const expiry = typeof expiresAt === 'number' ? { expiresAt } : {};
    const key = newKey({ workspace, name, scopes, streams, ...expiry });
    requireNotStronger(caller, key.record);
    const created = await this.quota.make(workspace, () => this.store.create(key.record));
    if (!created) throw new Error('A random key id is taken.');
    await this.undoInDeletedWorkspace(key.record);
    return key;
  }

  list({ workspace }: Principal): Promise<KeyRecord[]> {
    return this.store.list(workspace);
  }

  /** @throws Problem `not-found`, for another workspace's key too */
  async find({ workspace }: Principal, id: string): Promise<KeyRecord> {
    const record = await this.store.get(id);
    if (record?.workspace !== workspace || record.revokedAt !== undefined) throw unknownKey();
    return record;
  }

  /** A new secret under the same id. The old one stops at once, and so do connections that were opened with it. */
  async rotate(caller: Principal, id: string): Promise<NewKey> {
    requireNotStronger(caller, await this.find(caller, id));
    const text = newApiKey(id);
    const record = await this.store.rotate(id, hashSecret(text));
    if (record === undefined) throw unknownKey();
    return { record, text };
  }

  /** @throws Problem `conflict` for the only root key */
  async revoke(caller: Principal, id: string): Promise<void> {
    const record = await this.find(caller, id);
    requireReach(caller, record);
    if (record.root) await this.store.roots.remove(id);
    if (!(await this.store.revoke(id))) throw unknownKey();
  }

  /**
   * A workspace is deleted by marking it and then revoking its keys: a key that is written in between is either
   * found there, or finds the mark here.
   */
  private async undoInDeletedWorkspace({ id, workspace }: KeyRecord): Promise<void> {
    const home = await this.workspaces.get(workspace);
    if (home !== undefined && home.deletedAt === undefined) return;
    await this.store.revoke(id);
    throw new Problem('bad-credential', 'The workspace of this credential has been deleted.');
  }
}

function unknownKey(): Problem {
  return new Problem('not-found', 'There is no key with this id.');
}
