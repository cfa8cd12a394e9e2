import type { ServerResponse } from 'node:http';
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Colleagues } from '../workers/colleagues.js';
import type { Readiness } from './readiness-registry.js';

/**
 * The probes of an orchestrator. Own code rather than @nestjs/terminus: its indicators are for dependencies
 * that a controller lists, while here modules add their checks, which are bounded in time and rate.
 */
@ApiExcludeController()
@Controller()
export class HealthController {
  constructor(private readonly colleagues: Colleagues) {}

  /**
   * Alive: that the event loop turns, of each worker where there are several, is all that this says, so that a lost NATS
   * never restarts a service.
   */
  @Get('healthz')
  @Header('Cache-Control', 'no-store')
  async alive(
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<{ status: Readiness['status'] }> {
    const alive = await this.colleagues.alive();
    response.statusCode = alive ? 200 : 503;
    return { status: alive ? 'ok' : 'unavailable' };
  }

  /** Ready: 200 when every check passes, else 503. */
  @Get('readyz')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: ServerResponse): Promise<Readiness> {
    const readiness = await this.colleagues.readiness();
    response.statusCode = readiness.status === 'ok' ? 200 : 503;
    return readiness;
  }
}
