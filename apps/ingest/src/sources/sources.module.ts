import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AccessService } from '#libs/access';
import { natsOptions } from '#libs/backbone';
import { StreamDirectory } from '#libs/catalogue';
import { EventLog } from '#libs/event-log';
import { NatsLink } from '#libs/nats-connection';
import { Drain, LOG, type Log, SETTINGS } from '#libs/service';
import type { IngestSettings } from '../ingest-settings.js';
import { PublishRatesModule } from '../publish/publish-rates.module.js';
import { StreamsModule } from '../streams/streams.module.js';
import { HooksController } from './http/hooks.controller.js';
import { LogSessions } from './reports/log-sessions.js';
import { SourceLogsController } from './reports/source-logs.controller.js';
import { SourceRunner } from './running/source-runner.js';
import { SourceTools } from './source-tools.js';
import { SOURCE_TYPES } from './source-types.js';
import { SourcesController } from './sources.controller.js';

/** Sources: the calls that manage them, the endpoints of webhooks, the running of all others, their logs. */
@Module({
  imports: [PublishRatesModule, StreamsModule],
  controllers: [SourcesController, HooksController, SourceLogsController],
  providers: [
    {
      provide: SourceTools,
      inject: [NatsLink, EventLog, SETTINGS, LOG],
      useFactory: (link: NatsLink, eventLog: EventLog, settings: IngestSettings, log: Log) =>
        new SourceTools({ link, eventLog, replicas: settings.natsReplicas, log }),
    },
    {
      provide: LogSessions,
      inject: [SourceTools, AccessService, StreamDirectory],
      useFactory: ({ sourceLog, reports }: SourceTools, access: AccessService, directory: StreamDirectory) =>
        new LogSessions({ sourceLog, reports, access, directory }),
    },
    {
      provide: SourceRunner,
      inject: [NatsLink, SourceTools, SETTINGS, LOG],
      useFactory: (link: NatsLink, tools: SourceTools, settings: IngestSettings, log: Log) =>
        new SourceRunner({
          types: SOURCE_TYPES,
          link,
          nats: natsOptions(settings, 'ingest sources'),
          replicas: settings.natsReplicas,
          tools,
          policy: settings,
          log,
        }),
    },
  ],
})
export class SourcesModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly runner: SourceRunner,
    logSessions: LogSessions,
    drain: Drain,
  ) {
    drain.add('sources', () => runner.close());
    drain.add('logs of sources', () => logSessions.endAll());
  }

  onApplicationBootstrap(): void {
    this.runner.start();
  }

  /** After a start that failed nobody has drained. */
  onApplicationShutdown(): Promise<void> {
    return this.runner.close();
  }
}
