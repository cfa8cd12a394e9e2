import type { StreamRef } from '#libs/contracts';
import { Follower, type FollowHandlers } from './follower.js';

/** Milliseconds in which the tail of every followed stream is read once. */
const SWEEP_MS = 60_000;
const SWEEP_STEP_MS = 1_000;

type FollowerParts = ConstructorParameters<typeof Follower>[0];

/** The followers of a log, and the one timer that looks after their tails. Whoever constructs it closes it. */
export class Followers {
  private readonly all = new Set<Follower>();
  private sweep: NodeJS.Timeout | undefined;
  private queue: Follower[] = [];

  constructor(private readonly parts: FollowerParts) {}

  /** Follows one stream until {@link unfollow}. */
  follow(ref: StreamRef, handlers: FollowHandlers): Follower {
    const follower = new Follower(this.parts, ref, handlers);
    this.all.add(follower);
    this.sweep ??= setInterval(() => this.sweepTails(), SWEEP_STEP_MS);
    return follower;
  }

  /** Ends a follower that {@link follow} returned. */
  unfollow(follower: Follower): void {
    follower.close();
    this.all.delete(follower);
    if (this.all.size === 0) {
      clearInterval(this.sweep);
      this.sweep = undefined;
    }
  }

  close(): void {
    for (const follower of [...this.all]) this.unfollow(follower);
  }

  private sweepTails(): void {
    if (this.queue.length === 0) this.queue = [...this.all];
    const share = Math.ceil(this.all.size / (SWEEP_MS / SWEEP_STEP_MS));
    for (const follower of this.queue.splice(0, share)) void follower.checkTail();
  }
}
