import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EventLog } from '#libs/event-log';
import { LOG, type Log, NotReady, ReadinessRegistry, SETTINGS } from '#libs/service';
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
  private stopped = false;
  private retry: NodeJS.Timeout | undefined;

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
    this.stopped = true;
    clearTimeout(this.retry);
  }

  private async provision(): Promise<void> {
    const { shards, natsReplicas } = this.settings;
    try {
      const inForce = await this.eventLog.provision({ shards, replicas: natsReplicas });
      this.isDone = true;
      this.settle();
      if (inForce === shards) return;
      this.log.warn(
        { shards: inForce, wanted: shards },
        'The number of shards was fixed when this system was set up',
      );
    } catch (error) {
      if (this.stopped) return;
      this.log.warn({ err: error }, 'The event log could not be set up yet');
      this.retry = setTimeout(() => void this.provision(), RETRY_MS);
    }
  }
}
