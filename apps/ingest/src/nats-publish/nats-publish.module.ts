import { Module } from '@nestjs/common';
import { natsOptions } from '#libs/backbone';
import { StreamDirectory } from '#libs/catalogue';
import { EventLog } from '#libs/event-log';
import { Drain, LOG, type Log, NotReady, ReadinessRegistry, Registry, SETTINGS } from '#libs/service';
import { Traces } from '#libs/tracing';
import type { IngestSettings } from '../ingest-settings.js';
import { PublishRates } from '../publish/publish-rates.js';
import { PublishRatesModule } from '../publish/publish-rates.module.js';
import { NatsPublish } from './nats-publish.js';

/** Publishing without HTTP. Needs what BackboneModule provides. */
@Module({
  imports: [PublishRatesModule],
  providers: [
    {
      provide: NatsPublish,
      inject: [SETTINGS, StreamDirectory, EventLog, PublishRates, Registry, LOG, Traces],
      useFactory: (
        settings: IngestSettings,
        directory: StreamDirectory,
        eventLog: EventLog,
        rates: PublishRates,
        registry: Registry,
        log: Log,
        { recorder }: Traces,
      ) => {
        const nats = natsOptions(settings, 'ingest publishers');
        return new NatsPublish({ nats, directory, eventLog, rates, registry, log, recorder });
      },
    },
  ],
})
export class NatsPublishModule {
  constructor(natsPublish: NatsPublish, readiness: ReadinessRegistry, drain: Drain) {
    readiness.add('nats publishers', () => {
      if (!natsPublish.up) throw new NotReady('Messages of NATS publishers cannot be taken.');
    });
    drain.add('nats publishers', (deadline) => natsPublish.drain(deadline));
  }
}
