import { Problem } from '#libs/contracts';
import { TokenBuckets } from '#libs/limits';
import { Lru } from '#libs/lru';
import type {
  AccessEnd,
  AuthChannel,
  Decision,
  KeyRef,
  Origin,
  Question,
  Revocation,
  Verdict,
} from './decision.js';
import { Guesses } from './guesses.js';
import type { Principal } from './principal.js';
import { digestOf, questionAbout, questionBehind } from './question.js';
import { PublishedKeys } from './tickets/published-keys.js';
import { type ReadTicket, readTicket } from './tickets/ticket-claims.js';
import { isTicket } from './tickets/ticket-form.js';
import { type Watchable, WatchList } from './watch-list.js';

export interface AccessOptions {
  /** Milliseconds for which a good answer is used without asking again. Default 3,000; 0 asks each time. */
  readonly freshMs?: number;
  /** Milliseconds for which a good answer may be used while nobody can be asked. Default 60,000. */
  readonly staleMs?: number;
  /** Told of each decision, for metrics. Must not throw. */
  readonly onDecision?: ((source: DecisionSource, allowed: boolean) => void) | undefined;
  /** Bad credentials that an address may show in a minute. Default 0: no limit. */
  readonly failuresPerMinute?: number;
  /** Requests that a key may make in a second. Default 0: no limit. */
  readonly requestsPerSecond?: number;
}

/**
 * Where a decision came from: an answer that was remembered, a new one, an old one that had to do while nobody could
 * be asked, or nowhere.
 */
export type DecisionSource = 'remembered' | 'asked' | 'stale' | 'unavailable';

const FRESH_MS = 3_000;
const STALE_MS = 60_000;
/** Short: a key is often tried a moment before it is made. */
const REFUSED_FRESH_MS = 1_000;
/** Milliseconds after a failed question in which known credentials do not wait for another to fail. */
const UNREACHABLE_MS = 1_000;

/** Answers of each sort that are remembered. Apart, so that guesses cannot push the good ones out. */
const MAX_REMEMBERED = 10_000;
/** Questions under way at once; a flood of made-up keys is refused here rather than passed on. */
const MAX_PENDING = 1_000;
/** How often a question is put again because the key was revoked while it was under way. */
const MAX_ASKS = 3;

interface Remembered {
  readonly decision: Decision;
  readonly askedAt: number;
}

/** Who shows a credential. */
interface Asker {
  readonly address: string | undefined;
  readonly origin: Origin | undefined;
}

interface Pending {
  readonly question: Question;
  readonly answer: Promise<Decision>;
  /** The key was revoked meanwhile: the answer may be from before. */
  outdated: boolean;
}

/**
 * Decides what a credential allows, and watches over those of open connections.
 *
 * Answers are remembered for seconds, so a key costs one question every few seconds however busy it is, and known
 * keys work on while `auth` cannot be reached. Whoever constructs it closes it.
 */
export class AccessService {
  private readonly allowed = new Lru<Remembered>(MAX_REMEMBERED);
  private readonly refused = new Lru<Remembered>(MAX_REMEMBERED);
  private readonly pending = new Map<string, Pending>();
  private readonly watchList: WatchList;
  private readonly ticketKeys: PublishedKeys;
  private readonly stopListening: () => void;
  private readonly freshMs: number;
  private readonly staleMs: number;
  private readonly onDecision: NonNullable<AccessOptions['onDecision']>;
  private readonly guesses: Guesses;
  private readonly requests: TokenBuckets;
  private readonly confirmed = new Lru<number>(MAX_REMEMBERED);
  private failedAt = Number.NEGATIVE_INFINITY;

  /** @param channel is closed together with this */
  constructor(
    private readonly channel: AuthChannel,
    {
      freshMs = FRESH_MS,
      staleMs = STALE_MS,
      onDecision,
      failuresPerMinute = 0,
      requestsPerSecond = 0,
    }: AccessOptions = {},
  ) {
    this.freshMs = freshMs;
    this.staleMs = staleMs;
    this.onDecision = onDecision ?? (() => {});
    this.guesses = new Guesses(failuresPerMinute);
    this.requests = new TokenBuckets({ perSecond: requestsPerSecond });
    this.watchList = new WatchList(
      (keys) => this.recheck(keys),
      ({ keyId }) => this.forget(keyId),
    );
    this.ticketKeys = new PublishedKeys(() => channel.ticketKeys());
    this.stopListening = channel.onRevoked((revocation) => this.takeBack(revocation));
  }

  /** Whether the newest question was answered: while not, only what was seen lately is let in. */
  get reachable(): boolean {
    return this.failedAt === Number.NEGATIVE_INFINITY;
  }

  /**
   * Who shows this API key.
   *
   * @param address where it comes from, as `clientAddress` has it; counts what fails. Left out: nothing is counted
   * @param origin the request that shows it
   * @throws Problem `not-allowed` for a ticket, which opens streams and nothing else
   * @throws Problem `bad-credential`
   * @throws Problem `too-many-requests` for an address that failed too often, or a key that asks too often
   * @throws Problem `unavailable` when nobody can be asked and the credential was not seen lately
   */
  async authenticate(credential: string, address?: string, origin?: Origin): Promise<Principal> {
    if (isTicket(credential)) {
      throw new Problem('not-allowed', 'A ticket opens streams and nothing else. Send an API key.');
    }
    const question = questionAbout(credential);
    if (address !== undefined) this.guesses.admit(address, question === undefined ? '' : digestOf(question));
    return await this.identify(address, () => this.ownerOf(question, { address, origin }));
  }

  /**
   * Who shows this API key or ticket: for the addresses of streams, and only there.
   *
   * @throws Problem as {@link authenticate} does
   */
  async authenticateSubscriber(credential: string, address?: string, origin?: Origin): Promise<Principal> {
    if (!isTicket(credential)) return await this.authenticate(credential, address, origin);
    // A signature cannot be guessed, so a good ticket is never refused for what its neighbours do.
    return await this.identify(address, async () => {
      const ticket = await readTicket(credential, (kid) => this.ticketKeys.find(kid));
      if (ticket === undefined) throw badCredential();
      const owner = await this.ownerOf(questionBehind(ticket.issuedBy), { address, origin });
      return principalOfTicket(ticket, owner);
    });
  }

  /**
   * Watches over the credential of an open connection.
   *
   * @param onEnd called once when the key is revoked, rotated or expired, at the latest 5 s after; must not throw.
   *   Not called while nobody can be asked, nor after the returned function was called
   * @returns what ends the watch
   */
  watch(principal: Watchable, onEnd: (reason: AccessEnd) => void): () => void {
    return this.watchList.add(principal, onEnd);
  }

  async close(): Promise<void> {
    this.stopListening();
    this.watchList.close();
    await this.channel.close();
  }

  private async identify(address: string | undefined, find: () => Promise<Principal>): Promise<Principal> {
    try {
      const principal = await find();
      this.requireRate(principal);
      return principal;
    } catch (error) {
      const failed = error instanceof Problem && error.code === 'bad-credential';
      if (failed && address !== undefined) this.guesses.failed(address);
      throw error;
    }
  }

  private requireRate({ keyId }: Principal): void {
    const retryAfterS = this.requests.take(keyId);
    if (retryAfterS === 0) return;
    throw new Problem('too-many-requests', 'The credential is used for too many requests.', {
      retryAfterS,
      limit: 'requests-per-key',
    });
  }

  private async ownerOf(question: Question | undefined, asker: Asker): Promise<Principal> {
    if (question === undefined) throw badCredential();
    const { address } = asker;
    const decision = await this.decide(question, asker);
    if (!decision.ok || isExpired(decision.principal)) throw badCredential();
    if (address !== undefined) this.guesses.succeeded(address, digestOf(question));
    return decision.principal;
  }

  private async decide(question: Question, asker: Asker): Promise<Decision> {
    const digest = digestOf(question);
    const fresh = this.remembered(digest, this.freshMs, REFUSED_FRESH_MS);
    if (fresh !== undefined) return this.counted('remembered', fresh);
    const unreachable = performance.now() - this.failedAt < UNREACHABLE_MS;
    const stale = unreachable ? this.stale(digest) : undefined;
    if (stale !== undefined) return this.counted('stale', stale);
    try {
      return this.counted('asked', await this.ask(digest, question, asker));
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'unavailable')) throw error;
      const usable = this.stale(digest);
      if (usable !== undefined) return this.counted('stale', usable);
      this.onDecision('unavailable', false);
      throw error;
    }
  }

  private counted(source: DecisionSource, decision: Decision): Decision {
    this.onDecision(source, decision.ok);
    return decision;
  }

  private remembered(digest: string, allowedMs: number, refusedMs: number): Decision | undefined {
    const now = performance.now();
    const allowed = this.allowed.get(digest);
    if (allowed !== undefined && now - allowed.askedAt < allowedMs) return allowed.decision;
    const refused = this.refused.get(digest);
    if (refused !== undefined && now - refused.askedAt < refusedMs) return refused.decision;
    return undefined;
  }

  private stale(digest: string): Decision | undefined {
    const known = this.allowed.get(digest);
    if (known === undefined || !known.decision.ok) return undefined;
    const confirmedAt = this.confirmed.get(nameOf(known.decision.principal)) ?? known.askedAt;
    return performance.now() - Math.max(known.askedAt, confirmedAt) < this.staleMs
      ? known.decision
      : undefined;
  }

  /** One question for all who ask about the same credential at once. */
  private ask(digest: string, question: Question, { address, origin }: Asker): Promise<Decision> {
    const underWay = this.pending.get(digest);
    if (underWay !== undefined) return underWay.answer;
    if (this.pending.size >= MAX_PENDING) {
      throw new Problem('unavailable', 'Too many credentials are being checked at the moment.');
    }
    const place = address === undefined ? undefined : this.guesses.ask(address);
    // Takes its first step after the entry is there.
    const answer = Promise.resolve().then(() => this.askUntilCurrent(digest, question, origin));
    this.pending.set(digest, { question, answer, outdated: false });
    return answer.finally(() => {
      this.pending.delete(digest);
      if (place !== undefined) this.guesses.answered(place);
    });
  }

  private async askUntilCurrent(
    digest: string,
    question: Question,
    origin: Origin | undefined,
  ): Promise<Decision> {
    for (let asks = 0; asks < MAX_ASKS; asks += 1) {
      const entry = this.pending.get(digest);
      if (entry !== undefined) entry.outdated = false;
      const askedAt = performance.now();
      const decision = await this.noting(this.channel.decide(question, origin));
      if (entry?.outdated) continue;
      this.remember(digest, { decision, askedAt });
      return decision;
    }
    throw new Problem('unavailable', 'The credential is changing at the moment.');
  }

  /** Of the keys with open connections it is known from this that they are good, however long ago they were shown. */
  private async recheck(keys: readonly KeyRef[]): Promise<readonly Verdict[]> {
    const askedAt = performance.now();
    const verdicts = await this.noting(this.channel.recheck(keys));
    for (const [index, key] of keys.entries()) {
      if (verdicts[index] === 'valid') this.confirmed.set(nameOf(key), askedAt);
    }
    return verdicts;
  }

  private async noting<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      this.failedAt = Number.NEGATIVE_INFINITY;
      return value;
    } catch (error) {
      this.failedAt = performance.now();
      throw error;
    }
  }

  private remember(digest: string, answer: Remembered): void {
    const [into, outOf] = answer.decision.ok ? [this.allowed, this.refused] : [this.refused, this.allowed];
    outOf.delete(digest);
    into.set(digest, answer);
  }

  private takeBack(revocation: Revocation): void {
    const { keyId } = revocation;
    this.forget(keyId);
    for (const entry of this.pending.values()) {
      if (entry.question.keyId === keyId) entry.outdated = true;
    }
    this.watchList.end(revocation);
  }

  private forget(keyId: string): void {
    this.allowed.deleteWhere(({ decision }) => decision.ok && decision.principal.keyId === keyId);
  }
}

/** A ticket is worth no more than the key that asked for it, and ends with that key. */
function principalOfTicket({ streams, channels, expiresAt }: ReadTicket, owner: Principal): Principal {
  return {
    ...owner,
    scopes: ['subscribe'],
    streams,
    ...(channels && { channels }),
    root: false,
    expiresAt: Math.min(expiresAt, owner.expiresAt ?? Number.POSITIVE_INFINITY),
  };
}

function nameOf({ keyId, fingerprint }: KeyRef): string {
  return `${keyId}.${fingerprint}`;
}

function isExpired({ expiresAt }: Principal): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now();
}

/** The same for every reason: a guesser learns nothing of which part was right. */
function badCredential(): Problem {
  return new Problem('bad-credential', 'The credential is not valid: unknown, mistyped, revoked or expired.');
}
