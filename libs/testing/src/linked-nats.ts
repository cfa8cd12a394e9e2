import { NatsLink } from '#libs/nats-connection';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { eventually } from './eventually.js';

/** A nats-server of the spec's own and a link to it. */
export interface LinkedNats {
  readonly server: NatsServer;
  readonly link: NatsLink;
  /** Kills the server as a fault would, and returns once the link has noticed. */
  lose(): Promise<void>;
  /** Starts the server again after {@link lose}, with what it had stored. */
  bringBack(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server and returns when the link to it stands. Whoever starts it closes it. */
export async function startLinkedNats(): Promise<LinkedNats> {
  const server = await startNatsServer();
  const link = NatsLink.open({ url: server.url, name: 'spec' });
  await link.whenUp();
  return {
    server,
    link,
    lose: async () => {
      server.kill('SIGKILL');
      await server.exited;
      await eventually('the loss is noticed', () => !link.up);
    },
    bringBack: async () => {
      await server.restart();
      await link.whenUp();
    },
    close: async () => {
      await link.close();
      await server.stop();
    },
  };
}
