import { IDEMPOTENCY_WINDOW_MS } from '#libs/contracts';

/** Keys that are remembered: about 5 MB. */
const MAX_KEYS = 50_000;

/**
 * What was stored under which key in the last two minutes, by this process. JetStream answers for a repeated key
 * even after its event has been pushed out of history, where the event itself can no longer be compared.
 */
export class RecentFingerprints {
  private readonly kept = new Map<string, { fingerprint: string; until: number }>();

  /** @param now milliseconds, from any monotonic clock */
  constructor(private readonly now: () => number = () => performance.now()) {}

  add(messageId: string, fingerprint: string): void {
    const now = this.now();
    // Map keeps the order of insertion, so what is over stands first.
    for (const [id, { until }] of this.kept) {
      if (until > now && this.kept.size < MAX_KEYS) break;
      this.kept.delete(id);
    }
    this.kept.set(messageId, { fingerprint, until: now + IDEMPOTENCY_WINDOW_MS });
  }

  get(messageId: string): string | undefined {
    const entry = this.kept.get(messageId);
    return entry !== undefined && entry.until > this.now() ? entry.fingerprint : undefined;
  }
}
