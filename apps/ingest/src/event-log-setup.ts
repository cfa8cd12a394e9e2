import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EventLog } from '#libs/event-log';
import { LOG, type Log, NotReady, ReadinessRegistry, SETTINGS } from '#libs/service';
import { pause, untilItSucceeds } from '#libs/timing';
import type { IngestSettings } from './ingest-settings.js';

/** Milliseconds between attempts to set the event log up. */
const RETRY_MS = 1_000;
/** Milliseconds between two looks whether it is still there. */
const LOOK_MS = 5_000;

/**
 * Sets the event log up in the background, at every start and whenever a part of it is gone, and says when events can
 * really be stored.
 */
@Injectable()
export class EventLogSetup implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Resolves when events can be stored; stays pending while they cannot. */
  readonly done: Promise<void>;
  private isDone = false;
  private settle!: () => void;
  private readonly stopping = new AbortController();

  constructor(
    private readonly eventLog: EventLog,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
    @Inject(LOG) private readonly log: Log,
    readiness: ReadinessRegistry,
  ) {
    this.done = new Promise((resolve) => {
      this.settle = resolve;
    });
    readiness.add('event log', async () => {
      if (!this.isDone) throw new NotReady('The event log is not set up yet.');
      await eventLog.tryWrite();
    });
  }

  onApplicationBootstrap(): void {
    void this.lookAfter();
  }

  onApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async lookAfter(): Promise<void> {
    const { signal } = this.stopping;
    const { shards } = this.settings;
    const inForce = await this.provision(shards);
    if (inForce === undefined) return;
    this.settle();
    if (inForce !== shards) {
      this.log.warn(
        { shards: inForce, wanted: shards },
        'The number of shards was fixed when this system was set up',
      );
    }
    while (!signal.aborted) {
      await pause(LOOK_MS, signal);
      // While nobody can be asked, readiness says so already.
      if (signal.aborted || (await this.eventLog.isComplete(inForce).catch(() => true))) continue;
      this.isDone = false;
      this.log.error('A part of the event log is gone, with its events: it is made again');
      await this.provision(inForce);
    }
  }

  /** @returns the number of shards in force; undefined when the service ends before */
  private async provision(shards: number): Promise<number | undefined> {
    const replicas = this.settings.natsReplicas;
    const inForce = await untilItSucceeds(() => this.eventLog.provision({ shards, replicas }), {
      pauseMs: RETRY_MS,
      signal: this.stopping.signal,
      onFailure: (error) => this.log.warn({ err: error }, 'The event log could not be set up yet'),
    });
    if (inForce !== undefined) this.isDone = true;
    return inForce;
  }
}
