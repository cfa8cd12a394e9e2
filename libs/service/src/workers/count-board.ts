import type { Changes } from './line.js';

/** What each worker has of something, by key. Holds what is above 0, and nothing else. */
export class CountBoard {
  private readonly counts = new Map<number, Map<string, Map<string, number>>>();

  set(worker: number, what: string, changes: Changes): void {
    const byKey = this.of(worker, what);
    for (const [key, count] of changes) {
      if (count > 0) byKey.set(key, count);
      else byKey.delete(key);
    }
  }

  /** The worker has nothing any more. */
  drop(worker: number): void {
    this.counts.delete(worker);
  }

  sum(what: string, key: string): number {
    let sum = 0;
    for (const kinds of this.counts.values()) sum += kinds.get(what)?.get(key) ?? 0;
    return sum;
  }

  /** Everything, for a worker that knows nothing yet. */
  *all(): Generator<{ readonly of: number; readonly what: string; readonly changes: Changes }> {
    for (const [of, kinds] of this.counts) {
      for (const [what, byKey] of kinds) yield { of, what, changes: [...byKey] };
    }
  }

  private of(worker: number, what: string): Map<string, number> {
    const kinds = this.counts.get(worker) ?? new Map<string, Map<string, number>>();
    const byKey = kinds.get(what) ?? new Map<string, number>();
    this.counts.set(worker, kinds.set(what, byKey));
    return byKey;
  }
}
