import type { OnApplicationShutdown } from '@nestjs/common';
import { type AccessService, AuthCallout, PublisherConnections } from '#libs/access';
import { Problem } from '#libs/contracts';
import { NatsLink, type NatsOptions } from '#libs/nats-connection';
import type { Log } from '#libs/service';
import type { CalloutSettings } from './callout-settings.js';
import { natsGrant } from './nats-grant.js';

/**
 * Lets API keys sign in to NATS, to publish to their streams (ADR 0010) and to hear whether those have subscribers
 * (ADR 0012), and ends the connections of revoked ones.
 */
export class NatsAccess implements OnApplicationShutdown {
  private readonly link: NatsLink;
  private readonly callout: AuthCallout;
  private readonly connections: PublisherConnections;

  /** @param nats where to sign in; the user is the callout's own */
  constructor(nats: NatsOptions, callout: CalloutSettings, access: AccessService, log: Log) {
    const { issuer, user, password, account } = callout;
    this.link = NatsLink.open({ ...nats, user, password });
    this.callout = new AuthCallout(this.link, {
      issuer,
      decide: async (token) => natsGrant(await access.authenticate(token), account),
      onError: (error) => {
        // Whoever shows a bad key is no trouble of ours.
        if (!(error instanceof Problem) || error.code === 'unavailable')
          log.warn({ err: error }, 'A NATS login could not be decided');
      },
    });
    this.connections = new PublisherConnections(this.link, {
      account,
      watch: (key, onEnd) => access.watch(key, onEnd),
      onError: (error) => log.warn({ err: error }, 'Trouble with the connections of publishers'),
    });
  }

  /** Whether logins can be answered now. */
  get up(): boolean {
    return this.link.up;
  }

  async onApplicationShutdown(): Promise<void> {
    this.callout.close();
    this.connections.close();
    await this.link.close();
  }
}
