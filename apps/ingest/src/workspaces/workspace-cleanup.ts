import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { WORKSPACE_DELETED, WorkspaceStore, workspaceDeletedSchema } from '#libs/access';
import { Catalogue } from '#libs/catalogue';
import { EventLog } from '#libs/event-log';
import { NatsLink } from '#libs/nats-connection';
import { LOG, type Log, SETTINGS } from '#libs/service';
import type { IngestSettings } from '../ingest-settings.js';

/**
 * Removes the streams of deleted workspaces, entries and events. Auth announces a deletion; what was missed while
 * this service or NATS was away is found by the marks that deleted workspaces leave.
 */
@Injectable()
export class WorkspaceCleanup implements OnApplicationShutdown {
  private readonly workspaces: WorkspaceStore;
  private readonly closers: readonly (() => void)[];

  constructor(
    link: NatsLink,
    private readonly catalogue: Catalogue,
    private readonly eventLog: EventLog,
    @Inject(SETTINGS) settings: IngestSettings,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.workspaces = new WorkspaceStore(link, { replicas: settings.natsReplicas });
    const stopListening = link.subscribe(
      WORKSPACE_DELETED,
      (message) => {
        const announced = workspaceDeletedSchema.safeParse(parse(message.string()));
        if (announced.success) void this.remove(announced.data.workspace);
      },
      { queue: 'ingest' },
    );
    this.closers = [stopListening, link.onUp(() => void this.removeMissed())];
  }

  onApplicationShutdown(): void {
    for (const close of this.closers) close();
  }

  private async removeMissed(): Promise<void> {
    try {
      for (const workspace of await this.workspaces.deleted()) await this.remove(workspace);
    } catch (error) {
      this.log.warn(
        { err: error },
        'Deleted workspaces could not be looked up; the next connect tries again',
      );
    }
  }

  private async remove(workspace: string): Promise<void> {
    try {
      const removed = await this.catalogue.deleteWorkspace(workspace);
      for (const { id } of removed) await this.eventLog.keeper.purge({ workspace, stream: id });
      if (removed.length > 0)
        this.log.info({ workspace, streams: removed.length }, 'Removed a deleted workspace');
    } catch (error) {
      this.log.warn(
        { err: error, workspace },
        'A deleted workspace could not be removed; the next connect tries again',
      );
    }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
