import { hashSecret, type KeyRecord, newApiKey, newKeyId } from '#libs/access';

/** A key that is about to be made: what is stored of it, and what its owner is shown once. */
export interface NewKey {
  readonly record: KeyRecord;
  readonly text: string;
}

export function newKey(grant: Omit<KeyRecord, 'id' | 'hash' | 'createdAt'>): NewKey {
  const id = newKeyId();
  const text = newApiKey(id);
  return { record: { ...grant, id, hash: hashSecret(text), createdAt: Date.now() }, text };
}
