import { importJWK } from 'jose';
import type { PublicKey } from './public-key.js';
import type { CryptoKeyOfTickets } from './ticket-claims.js';

/** Milliseconds for which the keys are believed to be the ones in force: a leaked one is replaced within that. */
const FRESH_MS = 5_000;
/** Milliseconds for which they are used while nobody can be asked, as decisions about API keys are. */
const STALE_MS = 60_000;
/** Milliseconds between two questions, whatever tickets with made-up keys come, and after one that failed. */
const LEAST_MS = 1_000;

interface Loaded {
  readonly keys: ReadonlyMap<string, CryptoKeyOfTickets>;
  readonly askedAt: number;
}

/** The keys that tickets are verified with, asked for now and then: not for each ticket, and not for made-up ones. */
export class PublishedKeys {
  private loaded: Loaded | undefined;
  private loading: Promise<Loaded> | undefined;
  private failedAt = Number.NEGATIVE_INFINITY;

  /** @param ask rejects when nobody can be asked */
  constructor(private readonly ask: () => Promise<readonly PublicKey[]>) {}

  /** The key with this id, or undefined when it is none. Rejects when nobody can be asked and none is known. */
  async find(kid: string): Promise<CryptoKeyOfTickets | undefined> {
    const known = this.youngerThan(FRESH_MS)?.keys.get(kid);
    if (known !== undefined) return known;
    // It may have been made a moment ago.
    const loaded = this.youngerThan(LEAST_MS) ?? (await this.renewed());
    return loaded.keys.get(kid);
  }

  private async renewed(): Promise<Loaded> {
    const stale = this.youngerThan(STALE_MS);
    if (stale !== undefined && performance.now() - this.failedAt < LEAST_MS) return stale;
    this.loading ??= this.load().finally(() => {
      this.loading = undefined;
    });
    try {
      return await this.loading;
    } catch (error) {
      if (stale === undefined) throw error;
      return stale;
    }
  }

  private async load(): Promise<Loaded> {
    const askedAt = performance.now();
    try {
      const keys = await this.ask();
      const imported = keys.map(async (key) => [key.kid, await importJWK({ ...key })] as const);
      this.loaded = { keys: new Map(await Promise.all(imported)), askedAt };
      return this.loaded;
    } catch (error) {
      this.failedAt = performance.now();
      throw error;
    }
  }

  private youngerThan(ageMs: number): Loaded | undefined {
    const { loaded } = this;
    return loaded !== undefined && performance.now() - loaded.askedAt < ageMs ? loaded : undefined;
  }
}
