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
  /** @param auth settings of auth, which signs in to NATS by itself where the server is our own */
  static forRoot(settings: ServiceSettings, auth: ServiceSettings): DynamicModule {
    return {
      module: StandaloneModule,
      imports: [
        BackboneModule.forRoot(settings, 'standalone'),
        AuthModule.forRoot(auth),
        IngestModule,
        GatewayModule,
      ],
    };
  }
}
