import { Problem } from '#libs/contracts';
import { Lru } from '#libs/lru';
import type { AuthChannel, Decision, KeyRef, Origin, Question, Verdict } from './decision.js';
import { digestOf } from './question.js';

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

interface Pending {
  readonly question: Question;
  readonly answer: Promise<Decision>;
  /** The key was revoked meanwhile: the answer may be from before. */
  outdated: boolean;
}

interface DecisionsOptions {
  readonly freshMs?: number | undefined;
  readonly staleMs?: number | undefined;
  readonly onDecision?: ((source: DecisionSource, allowed: boolean) => void) | undefined;
}

/** Who asks. */
interface Asking {
  readonly origin: Origin | undefined;
  /**
   * Called when a question is really put, which it is not for a remembered answer; may refuse by throwing. What it
   * returns is called when the question is answered, well or not.
   */
  readonly onAsk: () => () => void;
}

/**
 * The answers to questions about credentials: each is put once for all who ask at the same time, remembered for
 * seconds, and used longer while nobody can be asked. Does not own the channel.
 */
export class Decisions {
  private readonly allowed = new Lru<Remembered>(MAX_REMEMBERED);
  private readonly refused = new Lru<Remembered>(MAX_REMEMBERED);
  private readonly pending = new Map<string, Pending>();
  private readonly confirmed = new Lru<number>(MAX_REMEMBERED);
  private readonly freshMs: number;
  private readonly staleMs: number;
  private readonly onDecision: NonNullable<DecisionsOptions['onDecision']>;
  private failedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly channel: AuthChannel,
    { freshMs = FRESH_MS, staleMs = STALE_MS, onDecision }: DecisionsOptions,
  ) {
    this.freshMs = freshMs;
    this.staleMs = staleMs;
    this.onDecision = onDecision ?? (() => {});
  }

  /** Whether the newest question was answered. */
  get reachable(): boolean {
    return this.failedAt === Number.NEGATIVE_INFINITY;
  }

  /** The answer that is remembered and young enough; undefined where {@link decide} has to find one. */
  recall(question: Question): Decision | undefined {
    const fresh = this.remembered(digestOf(question), this.freshMs, REFUSED_FRESH_MS);
    return fresh && this.counted('remembered', fresh);
  }

  /**
   * The answer to a question about a credential.
   *
   * @throws Problem `unavailable` when nobody can be asked and there is no good answer young enough
   */
  async decide(question: Question, asking: Asking): Promise<Decision> {
    const fresh = this.recall(question);
    if (fresh !== undefined) return fresh;
    const digest = digestOf(question);
    const unreachable = performance.now() - this.failedAt < UNREACHABLE_MS;
    const stale = unreachable ? this.stale(digest) : undefined;
    if (stale !== undefined) return this.counted('stale', stale);
    try {
      return this.counted('asked', await this.ask(digest, question, asking));
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
  private ask(digest: string, question: Question, { origin, onAsk }: Asking): Promise<Decision> {
    const underWay = this.pending.get(digest);
    if (underWay !== undefined) return underWay.answer;
    if (this.pending.size >= MAX_PENDING) {
      throw new Problem('unavailable', 'Too many credentials are being checked at the moment.');
    }
    const answered = onAsk();
    // Takes its first step after the entry is there.
    const answer = Promise.resolve().then(() => this.askUntilCurrent(digest, question, origin));
    this.pending.set(digest, { question, answer, outdated: false });
    return answer.finally(() => {
      this.pending.delete(digest);
      answered();
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
  async recheck(keys: readonly KeyRef[]): Promise<readonly Verdict[]> {
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

  /** Forgets the good answers about a key; a question about it that is under way is put again. */
  revoke(keyId: string): void {
    this.forget(keyId);
    for (const entry of this.pending.values()) {
      if (entry.question.keyId === keyId) entry.outdated = true;
    }
  }

  /** Forgets the good answers about a key. */
  forget(keyId: string): void {
    this.allowed.deleteWhere(({ decision }) => decision.ok && decision.principal.keyId === keyId);
  }
}

function nameOf({ keyId, fingerprint }: KeyRef): string {
  return `${keyId}.${fingerprint}`;
}
