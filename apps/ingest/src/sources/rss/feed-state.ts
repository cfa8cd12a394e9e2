import { z } from 'zod';
import type { SourceStates } from '#libs/source-state';

/** Milliseconds for which one replica has the feed to itself: longer than fetching, parsing and storing take. */
const LEASE_MS = 30_000;

const feedStateSchema = z.object({
  /** The address that all of this is about. */
  url: z.string(),
  /** When the feed was looked at last, in milliseconds since 1970; undefined before the first time. */
  checkedAt: z.number().optional(),
  /** Whether its items were taken once: from then on each new one counts. */
  taken: z.boolean().optional(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  /** Until when a replica has it to itself. */
  heldUntil: z.number().optional(),
});

/** How far replicas together have got with a feed. */
export type FeedState = Readonly<z.output<typeof feedStateSchema>>;

/** What a replica got hold of. */
export interface FeedLease {
  readonly state: FeedState;
  readonly revision: number;
}

/** The place that replicas share in a feed, and the lease by which one of them at a time looks at it. */
export class FeedPlace {
  constructor(
    private readonly states: SourceStates,
    private readonly sourceId: string,
    private readonly url: string,
  ) {}

  /**
   * Takes the feed if it is time to look at it and nobody else does.
   *
   * @returns the lease, or the milliseconds after which to try again
   */
  async take(intervalMs: number): Promise<FeedLease | number> {
    const kept = await this.states.read(this.sourceId, 'feed');
    const { data } = feedStateSchema.safeParse(kept?.value);
    // Another address is another feed: nothing of what is known holds for it.
    const state: FeedState = data?.url === this.url ? data : { url: this.url };
    const now = Date.now();
    const wait = Math.max(
      remaining(state.heldUntil, LEASE_MS, now),
      remaining(dueAt(state, intervalMs), intervalMs, now),
    );
    if (wait > 0) return wait;
    const revision = await this.write({ ...state, heldUntil: now + LEASE_MS }, kept?.revision);
    return revision === undefined ? 0 : { state, revision };
  }

  /** Gives the feed back with what is known now, unless the lease was over before. */
  async giveBack({ revision }: FeedLease, state: FeedState): Promise<void> {
    await this.write(state, revision);
  }

  private write(state: FeedState, expected: number | undefined): Promise<number | undefined> {
    return this.states.write(this.sourceId, 'feed', state, expected);
  }
}

function dueAt({ checkedAt }: FeedState, intervalMs: number): number | undefined {
  return checkedAt === undefined ? undefined : checkedAt + intervalMs;
}

/** Milliseconds until a time; never more than it can rightly be, whatever another replica's clock said. */
function remaining(time: number | undefined, atMostMs: number, now: number): number {
  return time === undefined ? 0 : Math.min(Math.max(0, time - now), atMostMs);
}
