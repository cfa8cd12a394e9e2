import { z } from 'zod';
import { fingerprintOf } from '../api-key.js';
import { type Principal, SCOPES } from '../principal.js';

/** What is stored of a key. Times are milliseconds since 1970. */
const keyRecordSchema = z.object({
  id: z.string(),
  workspace: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  streams: z.array(z.string()),
  /** SHA-256 of the key's whole text. */
  hash: z.string(),
  createdAt: z.number(),
  rotatedAt: z.number().exactOptional(),
  /** Left out: never. */
  expiresAt: z.number().exactOptional(),
  /** A revoked key stays, so that its id never means something else; and a start cannot bring it back. */
  revokedAt: z.number().exactOptional(),
  root: z.literal(true).exactOptional(),
});

export type KeyRecord = Readonly<z.infer<typeof keyRecordSchema>>;

/** @throws when the text is not what {@link writeKeyRecord} writes */
export function readKeyRecord(text: string): KeyRecord {
  return keyRecordSchema.parse(JSON.parse(text));
}

export function writeKeyRecord(record: KeyRecord): string {
  return JSON.stringify(record);
}

/** Whom a key that is neither revoked nor expired stands for. */
export function principalOfKey(record: KeyRecord): Principal {
  const { id, workspace, name, scopes, streams, expiresAt, root = false, hash } = record;
  return {
    keyId: id,
    workspace,
    name,
    scopes,
    streams,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    root,
    fingerprint: fingerprintOf(hash),
  };
}
