import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { NatsLink } from '#libs/nats-connection';
import { SubscriberCounts } from '#libs/presence';
import { Registry } from '#libs/service';
import { ManagedStreams } from './managed-streams.js';
import { PublicAddress } from './public-address.js';
import { StreamHistory } from './stream-history.js';
import { StreamQuotas } from './stream-quotas.js';
import { StreamViews } from './stream-view.js';
import { StreamsController } from './streams.controller.js';

@Module({
  controllers: [StreamsController],
  providers: [
    ManagedStreams,
    PublicAddress,
    StreamHistory,
    StreamQuotas,
    StreamViews,
    {
      provide: SubscriberCounts,
      inject: [NatsLink],
      useFactory: (link: NatsLink) => new SubscriberCounts(link),
    },
  ],
  exports: [ManagedStreams, PublicAddress],
})
export class StreamsModule implements OnApplicationShutdown {
  constructor(
    private readonly subscriberCounts: SubscriberCounts,
    registry: Registry,
  ) {
    new Gauge({
      name: 'runnel_ingest_gateways',
      help: 'Gateways that report how many subscribers they have.',
      registers: [registry],
      collect() {
        this.set(subscriberCounts.gateways);
      },
    });
  }

  onApplicationShutdown(): void {
    this.subscriberCounts.close();
  }
}
