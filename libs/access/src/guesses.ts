import { Problem } from '#libs/contracts';
import { type Place, Tally, TokenBuckets } from '#libs/limits';
import { Lru } from '#libs/lru';

/** Pairs of an address and a good credential that are remembered. */
const MAX_KNOWN = 10_000;
/** Credentials of one address that are asked about at the same time. */
const MAX_ASKED_AT_ONCE = 200;

/**
 * Slows down who tries credentials: each address may fail so many times a minute. After that it is answered
 * without anybody being asked, so it learns nothing, not even from a lucky guess; except for credentials that were
 * good from that address before, so that one guesser behind a proxy does not lock its neighbours out.
 */
export class Guesses {
  private readonly failures: TokenBuckets;
  private readonly asked = new Tally(MAX_ASKED_AT_ONCE);
  private readonly known = new Lru<true>(MAX_KNOWN);

  /** @param perMinute failures of one address; 0 is no limit */
  constructor(perMinute: number) {
    this.failures = new TokenBuckets({ perSecond: perMinute / 60, burst: perMinute });
  }

  /** @param digest of the credential @throws Problem `too-many-requests` for an address that failed too often */
  admit(address: string, digest: string): void {
    const waitS = this.failures.waitS(address);
    if (waitS > 0 && this.known.get(`${address} ${digest}`) === undefined) throw tooManyFailures(waitS);
  }

  /** Remembers that a credential was good. */
  succeeded(address: string, digest: string): void {
    this.known.set(`${address} ${digest}`, true);
  }

  /** Counts one that was not. @throws Problem `too-many-requests` when the address had no more to lose */
  failed(address: string): void {
    const waitS = this.failures.take(address);
    if (waitS > 0) throw tooManyFailures(waitS);
  }

  /**
   * Before a question is put to `auth`; what is returned is for {@link answered}. A flood from one address is
   * stopped here, while there is room for the questions of others.
   *
   * @throws Problem `too-many-requests`
   */
  ask(address: string): Place {
    const place = this.asked.take(address);
    if (place !== undefined) return place;
    throw new Problem('too-many-requests', 'Too many credentials of this address are being checked.', {
      limit: 'failed-credentials',
    });
  }

  answered(place: Place): void {
    this.asked.give(place);
  }
}

function tooManyFailures(retryAfterS: number): Problem {
  return new Problem('too-many-requests', 'Too many credentials of this address were not valid.', {
    retryAfterS,
    limit: 'failed-credentials',
  });
}
