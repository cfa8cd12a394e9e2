import { Inject, Injectable } from '@nestjs/common';
import { Catalogue, type EntryChange, type StreamEntry } from '#libs/catalogue';
import { type HistoryLimits, sameHistory } from '#libs/contracts';
import { EventLog, needsArchive } from '#libs/event-log';
import { Quota } from '#libs/limits';
import { SETTINGS } from '#libs/service';
import type { IngestSettings } from '../ingest-settings.js';
import { refOf } from './managed-streams.js';

/** Rounds of putting a history in force while others change it, too. */
const MAX_ROUNDS = 5;

/** What is to be changed of a stream; what is left out stays. */
export interface StreamChange extends Omit<EntryChange, 'history'> {
  readonly history?: Partial<HistoryLimits> | undefined;
}

/** How much of a stream is kept: in the catalogue, where everybody reads it, and in what is stored. */
@Injectable()
export class StreamHistory {
  private readonly quota: Quota;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly eventLog: EventLog,
    @Inject(SETTINGS) { maxLongHistories }: Pick<IngestSettings, 'maxLongHistories'>,
  ) {
    const count = async (workspace: string) => (await eventLog.keeper.archived(workspace)).length;
    this.quota = new Quota({ what: 'long histories', most: maxLongHistories, estimate: count, count });
  }

  /**
   * Changes a stream. When it returns, the history that was asked for is in force, for events of before too.
   *
   * @throws Problem `quota-exceeded` for one long history too many; otherwise as {@link Catalogue.update} does
   */
  async change(found: StreamEntry, { history, ...rest }: StreamChange): Promise<StreamEntry> {
    if (history === undefined) return this.catalogue.update(found.id, rest);
    const wanted = { ...found.history, ...history };
    const work = () => this.changeHistory(found, history, rest);
    const makesLong = needsArchive(wanted) && !needsArchive(found.history);
    return makesLong ? this.quota.make(found.workspace, work) : work();
  }

  private async changeHistory(
    found: StreamEntry,
    history: Partial<HistoryLimits>,
    rest: EntryChange,
  ): Promise<StreamEntry> {
    const { keeper } = this.eventLog;
    // Before anybody reads of it: whoever publishes by the new limits finds the archive there.
    await keeper.prepare({ ...refOf(found), history: { ...found.history, ...history } });
    let before = found.history;
    let entry = await this.catalogue.update(found.id, (current) => {
      before = current.history;
      return { ...rest, history: { ...current.history, ...history } };
    });
    for (let rounds = 0; rounds < MAX_ROUNDS; rounds += 1) {
      await keeper.limit(refOf(entry), before);
      // Somebody else may have changed it meanwhile, and been faster with what is stored.
      const now = await this.catalogue.get(entry.id);
      if (now === undefined || sameHistory(now.history, entry.history)) break;
      before = entry.history;
      entry = now;
    }
    return entry;
  }
}
