import { pause } from '#libs/timing';

/** Milliseconds before a source that failed is begun anew: doubled from the first to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** One that worked for so long has not failed for the reason that it failed for before. */
const STEADY_MS = 60_000;

export interface RunningSourceOptions {
  /** Does the work until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
  /** What has to end before it begins, such as the same source with other settings. */
  readonly after?: Promise<void> | undefined;
}

/** The work of one source in this process, begun anew when it fails, until it is stopped. */
export class RunningSource {
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;

  constructor(private readonly options: RunningSourceOptions) {
    this.ended = this.keepRunning();
  }

  /** Resolves when the work has ended. Safe to call twice. */
  stop(): Promise<void> {
    this.stopping.abort();
    return this.ended;
  }

  private async keepRunning(): Promise<void> {
    const { signal } = this.stopping;
    const { run, onFailed, after } = this.options;
    await after;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const startedAt = performance.now();
      try {
        await run(signal);
      } catch (error) {
        if (signal.aborted) return;
        onFailed(error);
      }
      if (performance.now() - startedAt > STEADY_MS) pauseMs = FIRST_PAUSE_MS;
      await pause(pauseMs, signal);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }
}
