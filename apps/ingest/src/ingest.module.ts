import { type DynamicModule, Module } from '@nestjs/common';
import { BackboneModule } from '#libs/backbone';
import { Catalogue } from '#libs/catalogue';
import { ReadinessRegistry } from '#libs/service';
import { EventLogSetup } from './event-log-setup.js';
import { HistoryModule } from './history/history.module.js';
import type { IngestSettings } from './ingest-settings.js';
import { NatsPublishModule } from './nats-publish/nats-publish.module.js';
import { PublishController } from './publish/publish.controller.js';
import { PublishRatesModule } from './publish/publish-rates.module.js';
import { SourcesModule } from './sources/sources.module.js';
import { StreamsModule } from './streams/streams.module.js';
import { WorkflowsModule } from './workflows/workflows.module.js';
import { WorkspaceCleanup } from './workspaces/workspace-cleanup.js';

/** The write side and the catalogue. Needs what BackboneModule provides. */
@Module({
  imports: [
    PublishRatesModule,
    WorkflowsModule,
    SourcesModule,
    StreamsModule,
    HistoryModule,
    NatsPublishModule,
  ],
  controllers: [PublishController],
  providers: [EventLogSetup, WorkspaceCleanup],
})
export class IngestModule {
  constructor(readiness: ReadinessRegistry, catalogue: Catalogue) {
    // A gateway does without it for a while; here nothing can be looked up or made.
    readiness.add('catalogue', () => catalogue.tryRead());
  }
}

/** The same as a service of its own. */
@Module({})
export class IngestService {
  static forRoot(settings: IngestSettings): DynamicModule {
    return { module: IngestService, imports: [BackboneModule.forRoot(settings, 'ingest'), IngestModule] };
  }
}
