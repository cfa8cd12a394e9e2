import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Catalogue } from '#libs/catalogue';
import { EventLog, needsArchive } from '#libs/event-log';
import { LOG, type Log } from '#libs/service';
import { refOf } from '../streams/managed-streams.js';

/** Milliseconds between two rounds, of which a random part is taken off, so that replicas do not go together. */
const ROUND_MS = 30_000;

/**
 * Looks after histories that are not the usual one, all the time and on every replica: has events deleted that have
 * become too old, makes archives that are missing, and removes those that nobody wants any more. Nothing depends on
 * when that happens, since readers go by the limits themselves.
 */
@Injectable()
export class HistoryCare implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Archives that nobody wanted in the round before: one may just be made for an entry that is not written yet. */
  private unwanted = new Set<string>();

  constructor(
    private readonly catalogue: Catalogue,
    private readonly eventLog: EventLog,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.plan();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** One round. What fails is tried again in the next. */
  async round(): Promise<void> {
    try {
      for (const entry of await this.catalogue.withOwnHistory()) {
        if (this.stopped) return;
        await this.eventLog.keeper.enforce(refOf(entry));
      }
      await this.removeUnwanted();
    } catch (error) {
      if (!this.stopped) this.log.warn({ err: error }, 'Histories could not be looked after');
    }
  }

  private async removeUnwanted(): Promise<void> {
    const unwanted = new Set<string>();
    for (const stream of await this.eventLog.keeper.archived()) {
      const entry = await this.catalogue.get(stream);
      if (entry !== undefined && needsArchive(entry.history)) continue;
      if (this.unwanted.has(stream)) await this.eventLog.keeper.unarchive({ stream });
      else unwanted.add(stream);
    }
    this.unwanted = unwanted;
  }

  private plan(): void {
    if (this.stopped) return;
    this.timer = setTimeout(
      () => void this.round().finally(() => this.plan()),
      ROUND_MS * (1 - Math.random() / 4),
    );
  }
}
