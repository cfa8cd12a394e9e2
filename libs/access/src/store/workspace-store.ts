import { z } from 'zod';
import { randomBase62 } from '#libs/contracts';
import { Bucket } from '#libs/kv';
import type { NatsLink } from '#libs/nats-connection';
import { WORKSPACE_DELETED } from '../subjects.js';
import { announce } from './announce.js';
import type { StoreOptions } from './key-store.js';

/** The workspace that the first start makes. It cannot be deleted. */
export const DEFAULT_WORKSPACE = 'default';

const WORKSPACE_ID = /^(?:default|ws_[0-9A-Za-z]{22})$/;

/** Times are milliseconds since 1970. */
const workspaceSchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.number(),
  /** A deleted workspace stays as a mark: keys that are being made meanwhile, and services that were away, find it. */
  deletedAt: z.number().exactOptional(),
});

export type Workspace = Readonly<z.infer<typeof workspaceSchema>>;

export function newWorkspaceId(): string {
  return `ws_${randomBase62(22)}`;
}

/** Tenants in NATS KV. Every method throws Problem `unavailable` when NATS cannot be reached. */
export class WorkspaceStore {
  private readonly bucket: Bucket;

  /** @param link stays the caller's to close */
  constructor(
    private readonly link: NatsLink,
    { replicas }: StoreOptions,
  ) {
    this.bucket = new Bucket(link, {
      name: 'RUNNEL_WORKSPACES',
      description: 'Workspaces of Runnel. Belongs to Runnel: do not edit by hand.',
      unavailable: 'The workspaces cannot be read or written at the moment.',
      replicas,
    });
  }

  /** @returns false when the id is taken */
  async create(workspace: Workspace): Promise<boolean> {
    return (await this.bucket.create(workspace.id, JSON.stringify(workspace))) !== undefined;
  }

  /** The workspace with this id, deleted as it may be. */
  async get(id: string): Promise<Workspace | undefined> {
    if (!WORKSPACE_ID.test(id)) return undefined;
    const kept = await this.bucket.read(id);
    return kept && readWorkspace(kept.text);
  }

  /** The workspaces that are not deleted, oldest first. */
  async list(): Promise<Workspace[]> {
    return (await this.all()).filter(({ deletedAt }) => deletedAt === undefined);
  }

  /** Ids of the workspaces that were deleted, for services that missed the announcement. */
  async deleted(): Promise<string[]> {
    return (await this.all()).filter(({ deletedAt }) => deletedAt !== undefined).map(({ id }) => id);
  }

  /** Marks a workspace as deleted; a mark that is there already stays. @returns false when there is no workspace */
  async markDeleted(id: string): Promise<boolean> {
    if (!WORKSPACE_ID.test(id)) return false;
    let found = false;
    await this.bucket.change(id, (text) => {
      found = text !== undefined;
      const workspace = text === undefined ? undefined : readWorkspace(text);
      if (workspace === undefined || workspace.deletedAt !== undefined) return undefined;
      return JSON.stringify({ ...workspace, deletedAt: Date.now() });
    });
    return found;
  }

  /** Tells every service to delete what it keeps for the workspace. */
  announceDeleted(workspace: string): Promise<void> {
    return announce(this.link, WORKSPACE_DELETED, { workspace });
  }

  private async all(): Promise<Workspace[]> {
    const kept = await this.bucket.readMany(await this.bucket.keys('*'));
    const workspaces = [...kept.values()].map(({ text }) => readWorkspace(text));
    return workspaces.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }
}

function readWorkspace(text: string): Workspace {
  return workspaceSchema.parse(JSON.parse(text));
}
