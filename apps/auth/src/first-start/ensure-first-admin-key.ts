import {
  ANY_STREAM,
  DEFAULT_WORKSPACE,
  hashSecret,
  type KeyRecord,
  type KeyStore,
  keyIdOf,
  SCOPES,
  type WorkspaceStore,
} from '#libs/access';
import { newKey } from '../keys/new-key.js';

export interface FirstAdminKey {
  /** Whether this call made a root key. */
  readonly created: boolean;
  /** Its text, when it did: the only time that it can be shown. */
  readonly key?: string;
  /** Why the configured key is not in force, for whoever runs the service. */
  readonly warning?: string;
}

export interface FirstStartStores {
  readonly keys: KeyStore;
  readonly workspaces: WorkspaceStore;
}

const ROOT_RIGHTS = {
  workspace: DEFAULT_WORKSPACE,
  name: 'admin',
  scopes: [...SCOPES],
  streams: [ANY_STREAM],
  root: true,
} as const satisfies Partial<KeyRecord>;

/**
 * Makes sure of the first workspace and of a root key, at every start. However many replicas start at once, one
 * of them makes the first key, and only that one is told its text.
 *
 * @param options.configuredKey a root key chosen by whoever runs the service. Left out: one is made if there is
 *   none
 */
export async function ensureFirstAdminKey(
  { keys, workspaces }: FirstStartStores,
  { configuredKey }: { readonly configuredKey: string | undefined },
): Promise<FirstAdminKey> {
  await workspaces.create({ id: DEFAULT_WORKSPACE, name: DEFAULT_WORKSPACE, createdAt: Date.now() });
  if (configuredKey !== undefined) return await ensureConfigured(keys, configuredKey);
  if (await keys.roots.exist()) return { created: false };
  const { record, text } = newKey(ROOT_RIGHTS);
  await keys.create(record);
  // The key comes first: an end in between leaves one that nobody knows, and not a system without any.
  if (await keys.roots.begin(record.id)) return { created: true, key: text };
  await keys.revoke(record.id);
  return { created: false };
}

async function ensureConfigured(keys: KeyStore, text: string): Promise<FirstAdminKey> {
  const id = keyIdOf(text);
  if (id === undefined) throw new Error('The configured key cannot be one.');
  const wanted: KeyRecord = { ...ROOT_RIGHTS, id, hash: hashSecret(text), createdAt: Date.now() };
  const existing = await keys.get(id);
  const created = existing === undefined && (await keys.create(wanted));
  // Another replica with the same setting may have been faster.
  const stored = created ? wanted : (existing ?? (await keys.get(id)));
  const warning = faultOf(stored, wanted);
  if (warning !== undefined) return { created: false, warning };
  await keys.roots.add(id);
  return created ? { created, key: text } : { created };
}

/** What was decided about the key since then counts: a start must not bring a leaked secret back. */
function faultOf(stored: KeyRecord | undefined, wanted: KeyRecord): string | undefined {
  const setting = `RUNNEL_ADMIN_KEY is not in force: the key ${wanted.id}`;
  if (stored === undefined) return `${setting} could not be stored.`;
  if (stored.revokedAt !== undefined) return `${setting} has been revoked. Set another one.`;
  if (stored.root !== true) return `${setting} exists and is not a root key. Set another one.`;
  if (stored.hash !== wanted.hash) return `${setting} has another secret since it was rotated. Set that one.`;
  return undefined;
}
