import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Log } from '#libs/service';
import { pause, untilItSucceeds } from '#libs/timing';
import type { FirstAdminKey } from './ensure-first-admin-key.js';

/** Milliseconds between attempts while NATS cannot be reached. */
const RETRY_MS = 250;
/** Milliseconds between two looks whether what was set up is still there. */
const LOOK_MS = 5_000;

export interface FirstStartParts {
  /** Sets up what is missing. */
  readonly ensure: () => Promise<FirstAdminKey>;
  /** Whether it is still there: NATS may come back without its data. Rejects while nobody can tell. */
  readonly isKept: () => Promise<boolean>;
  /** Milliseconds between two looks. Default: 5,000. */
  readonly lookMs?: number;
}

/**
 * Does what a first start has to do, in the background and for as long as it takes; and again when NATS has lost it.
 */
export class FirstStart implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** What came of it at first; undefined when the service ends before. Never rejects. */
  readonly done: Promise<FirstAdminKey | undefined>;
  private settle!: (first: FirstAdminKey | undefined) => void;
  private finished = false;
  private readonly stopping = new AbortController();
  private readonly listeners = new Set<(first: FirstAdminKey) => void>();

  constructor(
    private readonly parts: FirstStartParts,
    private readonly log: Log,
  ) {
    this.done = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  /** Whether it is done. */
  get isDone(): boolean {
    return this.finished;
  }

  /** Calls the listener with what comes of it each time after the first: the key before is worth nothing then. */
  onAnew(listener: (first: FirstAdminKey) => void): void {
    this.listeners.add(listener);
  }

  onApplicationBootstrap(): void {
    void this.run();
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort();
    this.settle(undefined);
  }

  private async run(): Promise<void> {
    this.settle(await this.setUp());
    const { signal } = this.stopping;
    const { isKept, lookMs = LOOK_MS } = this.parts;
    while (!signal.aborted) {
      await pause(lookMs, signal);
      // While nobody can be asked, readiness says so already.
      if (signal.aborted || (await isKept().catch(() => true))) continue;
      this.finished = false;
      this.log.error('The keys are gone, with whatever else NATS kept: they are set up anew');
      const first = await this.setUp();
      if (first !== undefined) for (const listener of this.listeners) listener(first);
    }
  }

  private async setUp(): Promise<FirstAdminKey | undefined> {
    const first = await untilItSucceeds(this.parts.ensure, {
      pauseMs: RETRY_MS,
      signal: this.stopping.signal,
      onFailure: (error) => this.log.warn({ err: error }, 'The keys cannot be set up yet; trying on'),
    });
    if (first === undefined) return undefined;
    this.finished = true;
    if (first.warning !== undefined) this.log.warn(first.warning);
    return first;
  }
}
