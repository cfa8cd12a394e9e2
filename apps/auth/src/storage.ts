import type { OnApplicationShutdown } from '@nestjs/common';
import { KeyStore, TicketKeyStore, WorkspaceStore } from '#libs/access';
import { Catalogue } from '#libs/catalogue';
import { Problem } from '#libs/contracts';
import { NatsLink, type NatsOptions } from '#libs/nats-connection';
import type { Log } from '#libs/service';

/** What auth keeps in NATS, and the connection to it, which it closes. */
export class Storage implements OnApplicationShutdown {
  readonly keys: KeyStore;
  readonly workspaces: WorkspaceStore;
  readonly ticketKeys: TicketKeyStore;
  /** What the streams are that somebody names. Auth changes nothing in it. */
  readonly catalogue: Catalogue;
  private readonly link: NatsLink;
  private readonly stopLogging: () => void;

  /** Begins to connect; NATS may come later. */
  constructor(nats: NatsOptions, replicas: number, log: Log) {
    this.link = NatsLink.open(nats);
    this.keys = new KeyStore(this.link, { replicas });
    this.workspaces = new WorkspaceStore(this.link, { replicas });
    this.ticketKeys = new TicketKeyStore(this.link, { replicas });
    this.catalogue = new Catalogue(this.link, { replicas });
    this.link.onUp(() => log.info('Connected to NATS'));
    this.stopLogging = this.link.onDown((reason) => log.warn({ reason }, 'Lost the connection to NATS'));
    void this.link.failed.then((error) => {
      // A Problem says that we have closed it ourselves.
      if (!(error instanceof Problem)) log.error({ err: error }, 'This NATS system cannot be used');
    });
  }

  /** Resolves when NATS is there. Rejects when that cannot be, or when the service ends before. */
  async whenUp(): Promise<void> {
    await this.link.whenUp();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopLogging();
    await this.link.close();
  }
}
