import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Traces } from '#libs/tracing';
import { Drain } from './drain/drain.js';
import { HealthController } from './health/health.controller.js';
import { ReadinessRegistry } from './health/readiness-registry.js';
import type { Log } from './log/create-log.js';
import { createMetrics } from './metrics/create-metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { LOG, SETTINGS } from './tokens.js';
import { Colleagues, NoColleagues } from './workers/colleagues.js';
import type { CrewMember } from './workers/crew-member.js';

export interface ServiceModuleOptions {
  /** Name of the service in logs and metrics. */
  readonly name: string;
  readonly settings: object;
  readonly log: Log;
  readonly traces: Traces;
  readonly crew: CrewMember | undefined;
}

/** What every module of a service can inject: settings, log, traces, metrics, readiness, drain; and their addresses. */
@Global()
@Module({})
export class ServiceModule {
  static forRoot({ name, settings, log, traces, crew }: ServiceModuleOptions): DynamicModule {
    const drain = new Drain(log);
    const own = { registry: createMetrics(name), readiness: new ReadinessRegistry(log, drain) };
    const providers = [
      { provide: SETTINGS, useValue: settings },
      { provide: LOG, useValue: log },
      { provide: Traces, useValue: traces },
      { provide: Drain, useValue: drain },
      { provide: ReadinessRegistry, useValue: own.readiness },
      { provide: Registry, useValue: own.registry },
      { provide: Colleagues, useValue: crew?.join(own) ?? new NoColleagues(own) },
    ];
    return {
      module: ServiceModule,
      controllers: [HealthController, MetricsController],
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
