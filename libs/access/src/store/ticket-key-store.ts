import { z } from 'zod';
import { Problem } from '#libs/contracts';
import type { NatsLink } from '#libs/nats-connection';
import { Bucket } from './bucket.js';
import type { StoreOptions } from './key-store.js';

/** One entry for all of them, changed by compare-and-set. */
const ENTRY = 'keys';
const ATTEMPTS = 10;

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
      replicas,
    });
  }

  async read(): Promise<readonly TicketKey[]> {
    const kept = await this.bucket.read(ENTRY);
    return kept === undefined ? [] : readKeys(kept.text);
  }

  /**
   * Changes the keys. Of many replicas that do so at once each one's change is made to what the one before left.
   *
   * @param to returns the same array when there is nothing to change
   * @returns the keys that are in force
   */
  async change(to: (keys: readonly TicketKey[]) => readonly TicketKey[]): Promise<readonly TicketKey[]> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const kept = await this.bucket.read(ENTRY);
      const old = kept === undefined ? [] : readKeys(kept.text);
      const keys = to(old);
      if (keys === old) return old;
      const text = JSON.stringify({ keys });
      const done =
        kept === undefined
          ? await this.bucket.create(ENTRY, text)
          : await this.bucket.replace(ENTRY, text, kept.revision);
      if (done) return keys;
    }
    throw new Problem('unavailable', 'The keys of tickets are being changed by others at the moment.');
  }
}

function readKeys(text: string): readonly TicketKey[] {
  return ticketKeysSchema.parse(JSON.parse(text)).keys;
}
