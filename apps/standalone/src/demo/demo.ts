import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Catalogue, StreamDirectory, type StreamEntry } from '#libs/catalogue';
import { EventLog } from '#libs/event-log';
import { LOG, type Log, SETTINGS } from '#libs/service';
import type { StandaloneSettings } from '../standalone-settings.js';
import { type DemoStreams, demoStreams } from './demo-streams.js';

const TICK_MS = 1_000;

/** Sends an event every second to a stream of its own, so that a newcomer has something to watch. */
@Injectable()
export class Demo implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private count = 0;
  private streams: DemoStreams | undefined;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly directory: StreamDirectory,
    private readonly eventLog: EventLog,
    @Inject(SETTINGS) private readonly settings: StandaloneSettings,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Makes what is missing and begins to send. Call it when the service is ready. */
  async start(): Promise<DemoStreams> {
    this.streams = await demoStreams(this.catalogue, this.settings.dataDir);
    this.timer = setInterval(() => void this.tick(), TICK_MS);
    return this.streams;
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** The demo's workflow, unless it was deleted. */
  async workflow(): Promise<StreamEntry | undefined> {
    return this.streams && this.directory.get(this.streams.workflow);
  }

  /** The demo's source, unless it was deleted. */
  async source(): Promise<StreamEntry | undefined> {
    return this.streams && this.directory.get(this.streams.source);
  }

  private async tick(): Promise<void> {
    try {
      const workflow = await this.workflow();
      if (workflow === undefined) return;
      this.count += 1;
      const payload = Buffer.from(JSON.stringify({ count: this.count, time: new Date().toISOString() }));
      const ref = { workspace: workflow.workspace, stream: workflow.id };
      await this.eventLog.append(ref, [{ channel: 'tick', payload }]);
    } catch (error) {
      this.log.debug({ err: error }, 'The demo event could not be sent');
    }
  }
}
