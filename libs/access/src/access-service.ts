import { Problem } from '#libs/contracts';
import { TokenBuckets } from '#libs/limits';
import type { AccessEnd, AuthChannel, Decision, Origin, Question, Revocation } from './decision.js';
import { type DecisionSource, Decisions } from './decisions.js';
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

/** Who shows a credential. */
interface Asker {
  readonly address: string | undefined;
  readonly origin: Origin | undefined;
}

/**
 * Decides what a credential allows, and watches over those of open connections.
 *
 * Answers are remembered for seconds, so a key costs one question every few seconds however busy it is, and known
 * keys work on while `auth` cannot be reached. Whoever constructs it closes it.
 */
export class AccessService {
  private readonly decisions: Decisions;
  private readonly watchList: WatchList;
  private readonly ticketKeys: PublishedKeys;
  private readonly stopListening: () => void;
  private readonly guesses: Guesses;
  private readonly requests: TokenBuckets;

  /** @param channel is closed together with this */
  constructor(
    private readonly channel: AuthChannel,
    { failuresPerMinute = 0, requestsPerSecond = 0, ...answers }: AccessOptions = {},
  ) {
    this.decisions = new Decisions(channel, answers);
    this.guesses = new Guesses(failuresPerMinute);
    this.requests = new TokenBuckets({ perSecond: requestsPerSecond });
    this.watchList = new WatchList(
      (keys) => this.decisions.recheck(keys),
      ({ keyId }) => this.decisions.forget(keyId),
    );
    this.ticketKeys = new PublishedKeys(() => channel.ticketKeys());
    this.stopListening = channel.onRevoked((revocation) => this.takeBack(revocation));
  }

  /** Whether the newest question was answered: while not, only what was seen lately is let in. */
  get reachable(): boolean {
    return this.decisions.reachable;
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
   * The same as {@link authenticate} at once, for an API key that was looked at a moment ago: nobody need wait for what
   * is known. Undefined where that has to find out, and for what is no API key.
   *
   * @throws Problem as {@link authenticate} does
   */
  recall(credential: string, address: string): Principal | undefined {
    const question = isTicket(credential) ? undefined : questionAbout(credential);
    if (question === undefined) return undefined;
    this.guesses.admit(address, digestOf(question));
    const decision = this.decisions.recall(question);
    if (decision === undefined) return undefined;
    try {
      const principal = this.accept(decision, question, address);
      this.requireRate(principal);
      return principal;
    } catch (error) {
      this.noteFailure(error, address);
      throw error;
    }
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
      this.noteFailure(error, address);
      throw error;
    }
  }

  private noteFailure(error: unknown, address: string | undefined): void {
    const failed = error instanceof Problem && error.code === 'bad-credential';
    if (failed && address !== undefined) this.guesses.failed(address);
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
    const { address, origin } = asker;
    const decision = await this.decisions.decide(question, {
      origin,
      onAsk: () => this.noteQuestion(address),
    });
    return this.accept(decision, question, address);
  }

  private accept(decision: Decision, question: Question, address: string | undefined): Principal {
    if (!decision.ok || isExpired(decision.principal)) throw badCredential();
    if (address !== undefined) this.guesses.succeeded(address, digestOf(question));
    return decision.principal;
  }

  private noteQuestion(address: string | undefined): () => void {
    if (address === undefined) return () => {};
    const place = this.guesses.ask(address);
    return () => this.guesses.answered(place);
  }

  private takeBack(revocation: Revocation): void {
    const { keyId } = revocation;
    this.decisions.revoke(keyId);
    this.watchList.end(revocation);
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

function isExpired({ expiresAt }: Principal): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now();
}

/** The same for every reason: a guesser learns nothing of which part was right. */
function badCredential(): Problem {
  return new Problem('bad-credential', 'The credential is not valid: unknown, mistyped, revoked or expired.');
}
