import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EventLog } from '#libs/event-log';
import { LOG, type Log, NotReady, ReadinessRegistry, SETTINGS } from '#libs/service';
import { untilItSucceeds } from '#libs/timing';
import type { IngestSettings } from './ingest-settings.js';

/** Milliseconds between attempts to set the event log up. */
const RETRY_MS = 1_000;

/** Sets the event log up at every start, in the background, and says when events can really be stored. */
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
    void this.provision();
  }

  onApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async provision(): Promise<void> {
    const { shards, natsReplicas } = this.settings;
    const inForce = await untilItSucceeds(() => this.eventLog.provision({ shards, replicas: natsReplicas }), {
      pauseMs: RETRY_MS,
      signal: this.stopping.signal,
      onFailure: (error) => this.log.warn({ err: error }, 'The event log could not be set up yet'),
    });
    if (inForce === undefined) return;
    this.isDone = true;
    this.settle();
    if (inForce === shards) return;
    this.log.warn(
      { shards: inForce, wanted: shards },
      'The number of shards was fixed when this system was set up',
    );
  }
}
