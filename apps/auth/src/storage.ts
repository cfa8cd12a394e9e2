import type { OnApplicationShutdown } from '@nestjs/common';
import { KeyStore, WorkspaceStore } from '#libs/access';
import { NatsLink, type NatsOptions } from '#libs/nats-connection';
import type { Log } from '#libs/service';

/** What auth keeps in NATS, and the connection to it, which it closes. */
export class Storage implements OnApplicationShutdown {
  readonly keys: KeyStore;
  readonly workspaces: WorkspaceStore;
  private readonly link: NatsLink;

  /** Begins to connect; NATS may come later. */
  constructor(nats: NatsOptions, replicas: number, log: Log) {
    this.link = NatsLink.open(nats);
    this.keys = new KeyStore(this.link, { replicas });
    this.workspaces = new WorkspaceStore(this.link, { replicas });
    this.link.onUp(() => log.info('Connected to NATS'));
    this.link.onDown((reason) => log.warn({ reason }, 'Lost the connection to NATS'));
    void this.link.failed.then((error) => log.error({ err: error }, 'NATS cannot be used any more'));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.link.close();
  }
}
