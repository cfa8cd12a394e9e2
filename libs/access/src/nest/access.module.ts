import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { NatsOptions } from '#libs/nats-connection';
import { type AccessOptions, AccessService } from '../access-service.js';
import type { AuthChannel } from '../decision.js';
import { NatsAuthChannel } from '../nats-auth-channel.js';

/** Where to ask: `auth` over NATS, or decisions of the caller's own. */
export type AccessModuleOptions = AccessOptions &
  ({ readonly nats: NatsOptions } | { readonly channel: AuthChannel });

/** Provides {@link AccessService} to every module, for `@RequireScope` too, and closes it with the application. */
@Module({})
export class AccessModule implements OnApplicationShutdown {
  constructor(private readonly access: AccessService) {}

  static forRoot(options: AccessModuleOptions): DynamicModule {
    const useFactory = () => {
      const channel = 'channel' in options ? options.channel : new NatsAuthChannel(options.nats);
      return new AccessService(channel, options);
    };
    return {
      module: AccessModule,
      global: true,
      providers: [{ provide: AccessService, useFactory }],
      exports: [AccessService],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.access.close();
  }
}
