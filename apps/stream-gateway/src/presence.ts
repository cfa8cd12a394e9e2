import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { NatsLink } from '#libs/nats-connection';
import { PresenceReporter } from '#libs/presence';
import { Hubs } from './fan-out/index.js';

/** Tells ingest how many subscribers the streams have on this gateway (ADR 0012). */
@Injectable()
export class Presence implements BeforeApplicationShutdown {
  private readonly reporter: PresenceReporter;
  private readonly stopListening: () => void;

  constructor(link: NatsLink, hubs: Hubs) {
    this.reporter = new PresenceReporter(link, { counts: () => hubs.subscribers() });
    this.stopListening = hubs.onSubscribers((ref, subscribers) => this.reporter.changed(ref, subscribers));
  }

  /** While NATS is still connected: then nobody has to find out that this gateway has gone. */
  beforeApplicationShutdown(): void {
    this.stopListening();
    this.reporter.close();
  }
}
