import { Inject, Injectable } from '@nestjs/common';
import { Catalogue } from '#libs/catalogue';
import type { StreamKind } from '#libs/contracts';
import { Quota } from '#libs/limits';
import { SETTINGS } from '#libs/service';
import type { IngestSettings } from '../ingest-settings.js';

/** How many streams, and how many sources of them, a workspace may have. */
@Injectable()
export class StreamQuotas {
  private readonly streams: Quota;
  private readonly sources: Quota;

  constructor(
    catalogue: Catalogue,
    @Inject(SETTINGS) { maxStreams, maxSources }: Pick<IngestSettings, 'maxStreams' | 'maxSources'>,
  ) {
    const quota = (what: string, most: number, kind?: StreamKind) =>
      new Quota({
        what,
        most,
        estimate: (workspace) => catalogue.estimate(workspace),
        count: (workspace) => catalogue.count(workspace, kind),
      });
    this.streams = quota('streams', maxStreams);
    this.sources = quota('sources', maxSources, 'source');
  }

  /** Makes one more of a kind. @throws Problem `quota-exceeded`; whatever the work throws */
  make<T>(workspace: string, kind: StreamKind, work: () => Promise<T>): Promise<T> {
    const within = () => this.streams.make(workspace, work);
    return kind === 'source' ? this.sources.make(workspace, within) : within();
  }
}
