import type { KeyRecord, Scope } from '#libs/access';

/** A key as the API shows it. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly streams: readonly string[];
  readonly root: boolean;
  readonly created_at: string;
  readonly expires_at: string | null;
}

/** A key whose secret was made just now. The only answers that hold one. */
export interface NewKeyView extends KeyView {
  readonly key: string;
}

export function keyView(record: KeyRecord): KeyView {
  const { id, name, scopes, streams, root = false, createdAt, expiresAt } = record;
  return {
    id,
    name,
    scopes,
    streams,
    root,
    created_at: new Date(createdAt).toISOString(),
    expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
  };
}
