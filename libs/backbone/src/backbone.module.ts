import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AccessModule } from '#libs/access';
import { Catalogue, StreamDirectory } from '#libs/catalogue';
import { Problem } from '#libs/contracts';
import { EventLog } from '#libs/event-log';
import { NatsLink, type NatsOptions } from '#libs/nats-connection';
import {
  type CommonSettings,
  LOG,
  type Log,
  NotReady,
  natsMetrics,
  ReadinessRegistry,
  Registry,
} from '#libs/service';
import { Traces } from '#libs/tracing';
import { eventLogMetrics } from './event-log-metrics.js';

/** How a service signs in to NATS, from its settings. */
export function natsOptions(settings: CommonSettings, name: string): NatsOptions {
  return { url: settings.natsUrl, user: settings.natsUser, password: settings.natsPassword, name };
}

/** NatsOptions whose connections are counted. */
const COUNTED_NATS = Symbol('NatsOptions');

/** What callers are held to where they show their credentials. */
function accessLimits({ maxFailedCredentials, maxRequestsPerKey }: CommonSettings) {
  return { failuresPerMinute: maxFailedCredentials, requestsPerSecond: maxRequestsPerKey };
}

/**
 * What ingest and stream-gateway share: the event log, the catalogue, decisions about access, and the one link
 * for everything but events. Opened once for each process, so standalone has them once too. It closes them after
 * the last request has been answered.
 */
@Module({})
export class BackboneModule implements OnApplicationShutdown {
  private readonly stopLogging: () => void;

  static forRoot(settings: CommonSettings, name: string): DynamicModule {
    const nats = natsOptions(settings, name);
    const catalogueOptions = (log: Log) => ({
      replicas: settings.natsReplicas,
      onError: (error: Error) => log.warn({ err: error }, 'Trouble with the catalogue'),
    });
    return {
      module: BackboneModule,
      global: true,
      imports: [AccessModule.forRoot({ nats, ...accessLimits(settings) })],
      providers: [
        {
          provide: COUNTED_NATS,
          inject: [Registry],
          useFactory: (registry: Registry): NatsOptions => ({ ...nats, onState: natsMetrics(registry) }),
        },
        {
          provide: NatsLink,
          inject: [COUNTED_NATS],
          useFactory: (options: NatsOptions) => NatsLink.open(options),
        },
        {
          provide: EventLog,
          inject: [COUNTED_NATS, Registry, Traces],
          useFactory: (options: NatsOptions, registry: Registry, { recorder }: Traces) =>
            new EventLog(options, { ...eventLogMetrics(registry), traced: recorder !== undefined }),
        },
        {
          provide: Catalogue,
          inject: [NatsLink, LOG],
          useFactory: (link: NatsLink, log: Log) => new Catalogue(link, catalogueOptions(log)),
        },
        {
          provide: StreamDirectory,
          inject: [NatsLink, LOG],
          useFactory: (link: NatsLink, log: Log) => StreamDirectory.open(link, catalogueOptions(log)),
        },
      ],
      exports: [NatsLink, EventLog, Catalogue, StreamDirectory],
    };
  }

  constructor(
    private readonly link: NatsLink,
    private readonly eventLog: EventLog,
    private readonly directory: StreamDirectory,
    readiness: ReadinessRegistry,
    @Inject(LOG) log: Log,
  ) {
    readiness.add('nats', () => {
      if (!link.up) throw new NotReady('The message system cannot be reached.');
    });
    readiness.add('history', () => eventLog.tryRead());
    link.onUp(() => log.info('Connected to NATS'));
    this.stopLogging = link.onDown((reason) => log.warn({ reason }, 'Lost the connection to NATS'));
    void link.failed.then((error) => {
      // A Problem says that we have closed it ourselves.
      if (!(error instanceof Problem)) log.error({ err: error }, 'This NATS system cannot be used');
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopLogging();
    await this.directory.close();
    await this.eventLog.close();
    await this.link.close();
  }
}
