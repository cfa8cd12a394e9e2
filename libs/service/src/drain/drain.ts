import type { Log } from '../log/create-log.js';

/**
 * Ends what a module has open, such as streams. Resolves when that is done.
 *
 * @param deadline when the drain time is over, in milliseconds of `performance.now()`: a clock that is set meanwhile changes nothing
 */
export type DrainHook = (deadline: number) => Promise<void> | void;

/** The orderly end of a service: modules add what they have to finish, `runService` runs it once. */
export class Drain {
  private readonly hooks = new Map<symbol, { name: string; hook: DrainHook }>();
  private readonly controller = new AbortController();

  constructor(private readonly log: Log) {}

  /** Aborts when the service begins to end: for loops and timers that should start nothing new. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get draining(): boolean {
    return this.signal.aborted;
  }

  /** Adds a hook; all of them run at the same time. Returns what removes it. */
  add(name: string, hook: DrainHook): () => void {
    const key = Symbol(name);
    this.hooks.set(key, { name, hook });
    return () => this.hooks.delete(key);
  }

  /** Makes the service not ready and tells everybody who holds {@link Drain.signal}. */
  begin(): void {
    this.controller.abort();
  }

  /**
   * Runs all hooks.
   *
   * @returns whether every one of them succeeded; never throws
   */
  async run(deadline: number): Promise<boolean> {
    const results = await Promise.all([...this.hooks.values()].map((entry) => this.runHook(entry, deadline)));
    return results.every(Boolean);
  }

  private async runHook(
    { name, hook }: { name: string; hook: DrainHook },
    deadline: number,
  ): Promise<boolean> {
    try {
      await hook(deadline);
      return true;
    } catch (error) {
      this.log.warn({ err: error, hook: name }, 'A drain hook failed.');
      return false;
    }
  }
}
