import { exportJWK, generateKeyPair, importJWK } from 'jose';
import {
  type CryptoKeyOfTickets,
  type PublicKey,
  TICKET_ALGORITHM,
  type TicketKey,
  type TicketKeyStore,
} from '#libs/access';
import { randomBase62 } from '#libs/contracts';
import { MAX_TICKET_S } from './ticket-fields.js';

const HOUR_MS = 3_600_000;
/** Age at which a key is replaced by itself. */
const REPLACE_AFTER_MS = 30 * 24 * HOUR_MS;
/** How long a key that was replaced by itself still verifies: longer than any ticket lives. */
const RETIRED_FOR_MS = MAX_TICKET_S * 1_000 + HOUR_MS;
/** Milliseconds for which the keys are believed to be the ones that were read. */
const FRESH_MS = 1_000;

/** The key that signs. */
export interface SigningKey {
  readonly kid: string;
  readonly key: CryptoKeyOfTickets;
}

interface Loaded {
  /** Oldest first. */
  readonly keys: readonly TicketKey[];
  readonly signing: SigningKey | undefined;
  readonly readAt: number;
}

/**
 * The keys that sign tickets: the newest signs, those before it verify for as long as their tickets may live.
 * Made when first asked for, and replaced by whichever replica is the first to find them old.
 */
export class SigningKeys {
  private loaded: Loaded | undefined;

  constructor(
    private readonly store: TicketKeyStore,
    private readonly now: () => number = Date.now,
  ) {}

  /** The key to sign with. @throws Problem `unavailable` */
  async current(): Promise<SigningKey> {
    return (await this.inForce()).signing as SigningKey;
  }

  /** What tickets are verified with, the newest first. @throws Problem `unavailable` */
  async published(): Promise<PublicKey[]> {
    return (await this.inForce()).keys.map(publicPart).reverse();
  }

  /**
   * Another key at once, and none of those before: for when one may have leaked. Tickets that they signed are
   * refused from now on, by every service within seconds.
   */
  async replace(): Promise<PublicKey[]> {
    const key = await this.newKey();
    await this.keep(await this.store.change(() => [key]));
    return await this.published();
  }

  /** With at least one key. */
  private async inForce(): Promise<Loaded> {
    const loaded = this.freshlyLoaded() ?? (await this.keep(await this.store.read()));
    const newest = loaded.keys.at(-1);
    if (newest !== undefined && !this.isOld(newest)) return loaded;
    const key = await this.newKey();
    return await this.keep(await this.store.change((keys) => this.withNew(keys, key)));
  }

  private freshlyLoaded(): Loaded | undefined {
    const age = this.loaded === undefined ? FRESH_MS : this.now() - this.loaded.readAt;
    // Less than nothing after the clock was set back: then it says nothing.
    return age >= 0 && age < FRESH_MS ? this.loaded : undefined;
  }

  private withNew(keys: readonly TicketKey[], key: TicketKey): readonly TicketKey[] {
    const newest = keys.at(-1);
    // Another replica was faster.
    if (newest !== undefined && !this.isOld(newest)) return keys;
    // A key retires when its successor is made.
    const retiredAfter = this.now() - RETIRED_FOR_MS;
    return [...keys.filter((_, index) => (keys[index + 1]?.createdAt ?? this.now()) > retiredAfter), key];
  }

  private isOld({ createdAt }: TicketKey): boolean {
    return this.now() - createdAt >= REPLACE_AFTER_MS;
  }

  private async newKey(): Promise<TicketKey> {
    const { privateKey } = await generateKeyPair(TICKET_ALGORITHM, { extractable: true });
    const { x, d } = (await exportJWK(privateKey)) as { x: string; d: string };
    return { kid: randomBase62(12), createdAt: this.now(), jwk: { kty: 'OKP', crv: 'Ed25519', x, d } };
  }

  private async keep(keys: readonly TicketKey[]): Promise<Loaded> {
    const newest = keys.at(-1);
    const signing = newest && {
      kid: newest.kid,
      key: await importJWK(newest.jwk, TICKET_ALGORITHM),
    };
    this.loaded = { keys, signing, readAt: this.now() };
    return this.loaded;
  }
}

function publicPart({ kid, jwk: { kty, crv, x } }: TicketKey): PublicKey {
  return { kty, crv, x, kid, alg: TICKET_ALGORITHM, use: 'sig' };
}
