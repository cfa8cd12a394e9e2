import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { BackboneModule } from '#libs/backbone';
import { EventLog } from '#libs/event-log';
import { Drain, LOG, type Log, ReadinessRegistry, Registry, SETTINGS } from '#libs/service';
import { Traces } from '#libs/tracing';
import { ConsoleController } from './console/console.controller.js';
import { endSessions } from './fan-out/end-sessions.js';
import { Hubs } from './fan-out/index.js';
import { ClientFileController } from './files/client-file.controller.js';
import type { GatewaySettings } from './gateway-settings.js';
import { Presence } from './presence.js';
import { Admissions } from './subscribe/admission.js';
import { ConnectionLimits } from './subscribe/connection-limits.js';
import { SubscribeController } from './subscribe/subscribe.controller.js';
import { Subscriptions } from './subscribe/subscriptions.js';

/** The read side. Needs what BackboneModule provides. */
@Module({
  controllers: [SubscribeController, ClientFileController, ConsoleController],
  providers: [
    Admissions,
    ConnectionLimits,
    Subscriptions,
    Presence,
    {
      provide: Hubs,
      inject: [EventLog, Registry, SETTINGS, LOG, Traces],
      useFactory: (
        eventLog: EventLog,
        registry: Registry,
        { maxWaitingBytes }: GatewaySettings,
        log: Log,
        { recorder }: Traces,
      ) => {
        const onTrouble = (error: unknown) => log.error({ err: error }, 'A history could not be read');
        return new Hubs({ eventLog, registry, maxWaitingBytes, onTrouble, recorder });
      },
    },
  ],
})
export class GatewayModule implements OnApplicationShutdown {
  constructor(
    private readonly hubs: Hubs,
    drain: Drain,
    readiness: ReadinessRegistry,
    eventLog: EventLog,
  ) {
    // Each connection to NATS can be lost alone: streams would be silent while everything else looks well.
    readiness.add('live events', () => eventLog.tryFollow());
    drain.add('subscribers', (deadline) => endSessions(hubs, deadline));
  }

  onApplicationShutdown(): void {
    this.hubs.close();
  }
}

/** The same as a service of its own. */
@Module({})
export class GatewayService {
  static forRoot(settings: GatewaySettings): DynamicModule {
    return { module: GatewayService, imports: [BackboneModule.forRoot(settings, 'gateway'), GatewayModule] };
  }
}
