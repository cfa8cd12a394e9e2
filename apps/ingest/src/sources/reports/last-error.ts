import { z } from 'zod';
import type { SourceStates } from '#libs/source-state';

const lastErrorSchema = z.object({
  message: z.string(),
  /** ISO 8601. */
  at: z.string(),
});

export type LastError = z.output<typeof lastErrorSchema>;

/** Milliseconds in which the same error is not written again, and in which nobody looks for another replica's. */
const QUIET_MS = 20_000;

/** Why a source failed last, or null when it has worked since. @throws Problem `unavailable` */
export async function readLastError(states: SourceStates, sourceId: string): Promise<LastError | null> {
  return lastErrorIn((await states.read(sourceId, 'error'))?.value);
}

/** The same of many sources, in their order. @throws Problem `unavailable` */
export async function readLastErrors(
  states: SourceStates,
  sourceIds: readonly string[],
): Promise<(LastError | null)[]> {
  const values = await states.valuesOf(sourceIds, 'error');
  return sourceIds.map((id) => lastErrorIn(values.get(id)));
}

function lastErrorIn(value: unknown): LastError | null {
  return lastErrorSchema.safeParse(value).data ?? null;
}

/**
 * One replica's part in keeping the last error of one source. Success takes away what any replica has written;
 * for what others wrote it looks once in a while, since most successes follow successes.
 *
 * Nobody waits for it: where a write fails, the next failure or success makes up for it.
 */
export class LastErrorKeeper {
  private wanted: LastError | null = null;
  private settled: LastError | null | undefined;
  private settledAt = Number.NEGATIVE_INFINITY;
  private busy = false;

  constructor(
    private readonly states: SourceStates,
    private readonly sourceId: string,
  ) {}

  set(wanted: LastError | null): void {
    const known = wanted?.message === this.settled?.message && this.settled !== undefined;
    if (known && !this.busy && performance.now() - this.settledAt < QUIET_MS) return;
    this.wanted = wanted;
    if (!this.busy) void this.settle();
  }

  private async settle(): Promise<void> {
    this.busy = true;
    let wanted: LastError | null;
    do {
      ({ wanted } = this);
      try {
        await this.write(wanted);
        this.settled = wanted;
      } catch {
        this.settled = undefined;
      }
      this.settledAt = performance.now();
    } while (this.wanted !== wanted);
    this.busy = false;
  }

  /** Overtaken by another replica, it leaves the other's word in place: that is newer. */
  private async write(wanted: LastError | null): Promise<void> {
    const state = await this.states.read(this.sourceId, 'error');
    if (wanted !== null) await this.states.write(this.sourceId, 'error', wanted, state?.revision);
    else if (state !== undefined) await this.states.remove(this.sourceId, 'error', state.revision);
  }
}
