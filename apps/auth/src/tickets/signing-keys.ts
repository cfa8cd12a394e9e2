import { exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { TicketKey, TicketKeyStore } from '#libs/access';
import { randomBase62 } from '#libs/contracts';
import { MAX_TICKET_S } from './ticket-fields.js';

/** EdDSA: short signatures and keys, and every JWT library of today reads it. */
export const ALGORITHM = 'EdDSA';

const HOUR_MS = 3_600_000;
/** Age at which a key is replaced by itself. */
const REPLACE_AFTER_MS = 30 * 24 * HOUR_MS;
/** How long a key that was replaced by itself still verifies: longer than any ticket lives. */
const RETIRED_FOR_MS = MAX_TICKET_S * 1_000 + HOUR_MS;
/** Milliseconds for which the keys are believed to be the ones that were read. */
const FRESH_MS = 1_000;

type SigningKey = Awaited<ReturnType<typeof importJWK>>;

interface Loaded {
  readonly keys: readonly TicketKey[];
  readonly verifying: ReadonlyMap<string, SigningKey>;
  readonly readAt: number;
}

/** A public key as it is published. */
export type PublicKey = JWK & { readonly kid: string };

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
  async current(): Promise<{ kid: string; key: SigningKey }> {
    const { kid, jwk } = (await this.inForce()).keys.at(-1) as TicketKey;
    return { kid, key: await importJWK(jwk, ALGORITHM) };
  }

  /** The key with this id, or undefined when it is none of ours or retired. @throws Problem `unavailable` */
  async find(kid: string): Promise<SigningKey | undefined> {
    const found = (await this.load(FRESH_MS)).verifying.get(kid);
    // Another replica may have made it a moment ago. A made-up one costs a read, as a made-up API key does.
    return found ?? (await this.load(0)).verifying.get(kid);
  }

  /** What others verify tickets with, the newest first. @throws Problem `unavailable` */
  async published(): Promise<PublicKey[]> {
    const { keys } = await this.inForce();
    return keys.map(publicPart).reverse();
  }

  /**
   * Another key at once, and none of those before: for when one may have leaked. Tickets that they signed are
   * refused from now on, and a second later by every replica.
   */
  async replace(): Promise<PublicKey[]> {
    const key = await this.newKey();
    await this.keep(await this.store.change(() => [key]));
    return await this.published();
  }

  private async inForce(): Promise<Loaded> {
    const loaded = await this.load(FRESH_MS);
    const newest = loaded.keys.at(-1);
    if (newest !== undefined && !this.isOld(newest)) return loaded;
    const key = await this.newKey();
    return await this.keep(await this.store.change((keys) => this.withNew(keys, key)));
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
    const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const { x, d } = (await exportJWK(privateKey)) as { x: string; d: string };
    return { kid: randomBase62(12), createdAt: this.now(), jwk: { kty: 'OKP', crv: 'Ed25519', x, d } };
  }

  private async load(maxAgeMs: number): Promise<Loaded> {
    if (this.loaded !== undefined && this.now() - this.loaded.readAt < maxAgeMs) return this.loaded;
    return await this.keep(await this.store.read());
  }

  private async keep(keys: readonly TicketKey[]): Promise<Loaded> {
    const verifying = await Promise.all(
      keys.map(async (key) => [key.kid, await importJWK(publicPart(key))] as const),
    );
    this.loaded = { keys, verifying: new Map(verifying), readAt: this.now() };
    return this.loaded;
  }
}

function publicPart({ kid, jwk: { kty, crv, x } }: TicketKey): PublicKey {
  return { kty, crv, x, kid, alg: ALGORITHM, use: 'sig' };
}
