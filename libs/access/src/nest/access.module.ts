import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
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
    const useFactory = (registry: Registry) => {
      const channel = 'channel' in options ? options.channel : new NatsAuthChannel(options.nats);
      return new AccessService(channel, { ...options, onDecision: decisionCounter(registry) });
    };
    return {
      module: AccessModule,
      global: true,
      providers: [{ provide: AccessService, inject: [Registry], useFactory }],
      exports: [AccessService],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.access.close();
  }
}

function decisionCounter(registry: Registry): AccessOptions['onDecision'] {
  const decisions = new Counter({
    name: 'runnel_access_decisions_total',
    help: 'Credentials that were looked at, by where the decision came from (source: remembered, asked, stale, unavailable) and whether it was allowed.',
    labelNames: ['source', 'allowed'],
    registers: [registry],
  });
  return (source, allowed) => decisions.inc({ source, allowed: String(allowed) });
}
