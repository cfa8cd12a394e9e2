import { Injectable } from '@nestjs/common';
import {
  ANY_STREAM,
  DEFAULT_WORKSPACE,
  KeyStore,
  newWorkspaceId,
  type Principal,
  SCOPES,
  type Workspace,
  WorkspaceStore,
} from '#libs/access';
import { Problem } from '#libs/contracts';
import { newKey } from '../keys/new-key.js';

export interface OpenedWorkspace {
  readonly workspace: Workspace;
  /** The text of its first admin key. */
  readonly key: string;
}

/** The tenants. Only root keys see or change them; what lies inside one is out of their reach all the same. */
@Injectable()
export class Workspaces {
  constructor(
    private readonly store: WorkspaceStore,
    private readonly keys: KeyStore,
  ) {}

  async open(caller: Principal, name: string): Promise<OpenedWorkspace> {
    requireRoot(caller);
    const workspace = { id: newWorkspaceId(), name, createdAt: Date.now() };
    const first = newKey({
      workspace: workspace.id,
      name: 'admin',
      scopes: [...SCOPES],
      streams: [ANY_STREAM],
    });
    const made = (await this.store.create(workspace)) && (await this.keys.create(first.record));
    if (!made) throw new Error('A random id is taken.');
    return { workspace, key: first.text };
  }

  async list(caller: Principal): Promise<Workspace[]> {
    requireRoot(caller);
    return await this.store.list();
  }

  /** @throws Problem `not-found` */
  async find(caller: Principal, id: string): Promise<Workspace> {
    requireRoot(caller);
    const workspace = await this.store.get(id);
    if (workspace === undefined || workspace.deletedAt !== undefined) throw unknownWorkspace();
    return workspace;
  }

  /** Ends the workspace's keys and has every service delete what it keeps for it. */
  async delete(caller: Principal, id: string): Promise<void> {
    requireRoot(caller);
    if (id === DEFAULT_WORKSPACE) {
      throw new Problem('conflict', 'The first workspace cannot be deleted: the root keys belong to it.');
    }
    const before = await this.store.get(id);
    if (!(await this.store.markDeleted(id))) throw unknownWorkspace();
    await this.keys.revokeAll(id);
    await this.store.announceDeleted(id);
    // Done again all the same, since the first attempt may have been broken off.
    if (before?.deletedAt !== undefined) throw unknownWorkspace();
  }
}

function requireRoot(caller: Principal): void {
  if (!caller.root) throw new Problem('not-allowed', 'Workspaces are managed with the root key.');
}

function unknownWorkspace(): Problem {
  return new Problem('not-found', 'There is no workspace with this id.');
}
