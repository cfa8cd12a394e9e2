import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Log } from '#libs/service';
import { untilItSucceeds } from '#libs/timing';
import type { FirstAdminKey } from './ensure-first-admin-key.js';

/** Milliseconds between attempts while NATS cannot be reached. */
const RETRY_MS = 250;

/** Does what a first start has to do, in the background and for as long as it takes. */
export class FirstStart implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** What came of it; undefined when the service ends before. Never rejects. */
  readonly done: Promise<FirstAdminKey | undefined>;
  private settle!: (first: FirstAdminKey | undefined) => void;
  private finished = false;
  private readonly stopping = new AbortController();

  constructor(
    private readonly ensure: () => Promise<FirstAdminKey>,
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

  onApplicationBootstrap(): void {
    void this.run();
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort();
    this.settle(undefined);
  }

  private async run(): Promise<void> {
    const first = await untilItSucceeds(this.ensure, {
      pauseMs: RETRY_MS,
      signal: this.stopping.signal,
      onFailure: (error, attempt) => {
        if (attempt === 0) this.log.warn({ err: error }, 'The keys cannot be set up yet; trying on');
      },
    });
    if (first === undefined) return;
    this.finished = true;
    if (first.warning !== undefined) this.log.warn(first.warning);
    this.settle(first);
  }
}
