import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from '#apps/auth';
import { IngestModule } from '#apps/ingest';
import { GatewayModule } from '#apps/stream-gateway';
import { BackboneModule } from '#libs/backbone';
import { DemoController } from './demo/demo.controller.js';
import { Demo } from './demo/demo.js';
import { FrontController } from './front.controller.js';
import type { ServiceSettings } from './standalone-settings.js';

/** The three services in one process, at one address. */
@Module({ controllers: [DemoController, FrontController], providers: [Demo] })
export class StandaloneModule {
  static forRoot(settings: ServiceSettings): DynamicModule {
    return {
      module: StandaloneModule,
      imports: [
        BackboneModule.forRoot(settings, 'standalone'),
        AuthModule.forRoot(settings),
        IngestModule,
        GatewayModule,
      ],
    };
  }
}
