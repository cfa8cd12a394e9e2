import { z } from 'zod';
import { Bucket } from '#libs/kv';
import type { NatsLink } from '#libs/nats-connection';
import type { StoreOptions } from './key-store.js';

/** One entry for all of them, changed by compare-and-set. */
const ENTRY = 'keys';

/** A key that signs tickets. Times are milliseconds since 1970. */
const ticketKeySchema = z.object({
  kid: z.string(),
  createdAt: z.number(),
  /** An Ed25519 key as a JWK, `d` being the secret part. */
  jwk: z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() }),
});
const ticketKeysSchema = z.object({ keys: z.array(ticketKeySchema) });

export type TicketKey = Readonly<z.infer<typeof ticketKeySchema>>;

/**
 * The keys that sign tickets, oldest first, in a bucket of their own: nobody but auth has to read it (ADR 0009).
 *
 * Every method throws Problem `unavailable` when NATS cannot be reached.
 */
export class TicketKeyStore {
  private readonly bucket: Bucket;

  /** @param link stays the caller's to close */
  constructor(link: NatsLink, { replicas }: StoreOptions) {
    this.bucket = new Bucket(link, {
      name: 'RUNNEL_TICKET_KEYS',
      description: 'Private keys that sign tickets of Runnel. For auth alone: do not read or edit by hand.',
      unavailable: 'The keys of tickets cannot be read or written at the moment.',
      replicas,
    });
  }

  async read(): Promise<readonly TicketKey[]> {
    return readKeys((await this.bucket.read(ENTRY))?.text);
  }

  /**
   * Changes the keys. Of many replicas that do so at once each one's change is made to what the one before left.
   *
   * @param to returns the same array when there is nothing to change
   * @returns the keys that are in force
   */
  async change(to: (keys: readonly TicketKey[]) => readonly TicketKey[]): Promise<readonly TicketKey[]> {
    let keys: readonly TicketKey[] = [];
    await this.bucket.change(ENTRY, (text) => {
      const old = readKeys(text);
      keys = to(old);
      return keys === old ? undefined : JSON.stringify({ keys });
    });
    return keys;
  }
}

function readKeys(text: string | undefined): readonly TicketKey[] {
  return text === undefined ? [] : ticketKeysSchema.parse(JSON.parse(text)).keys;
}
