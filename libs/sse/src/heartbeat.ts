/** Milliseconds of a tick: heartbeats are spread over the ticks of an interval. */
const TICK_MS = 1_000;

/** Somebody whose connection is to be kept alive. */
export interface Beating {
  beat(): void;
}

/**
 * One timer that keeps any number of connections alive, each once an interval, as many in one tick as in the
 * next: no timer for each connection, and no moment at which all are written to.
 */
export class HeartbeatWheel {
  private readonly ticks: Set<Beating>[];
  private now = 0;
  private members = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param intervalMs milliseconds between two beats of one member, a multiple of 1000 */
  constructor(intervalMs: number) {
    this.ticks = Array.from(
      { length: Math.max(1, Math.round(intervalMs / TICK_MS)) },
      () => new Set<Beating>(),
    );
  }

  /** Beats for the first time one interval from now. Returns what ends it; the wheel stops with its last member. */
  add(member: Beating): () => void {
    const tick = this.ticks[this.now] as Set<Beating>;
    tick.add(member);
    this.members += 1;
    this.timer ??= setInterval(() => this.turn(), TICK_MS);
    return () => {
      if (!tick.delete(member)) return;
      this.members -= 1;
      if (this.members > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  private turn(): void {
    this.now = (this.now + 1) % this.ticks.length;
    for (const member of this.ticks[this.now] as Set<Beating>) member.beat();
  }
}
