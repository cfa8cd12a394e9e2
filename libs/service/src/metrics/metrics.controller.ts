import type { ServerResponse } from 'node:http';
import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Registry } from 'prom-client';
import { Colleagues } from '../workers/colleagues.js';

/** What Prometheus scrapes. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly registry: Registry,
    private readonly colleagues: Colleagues,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async metrics(@Res({ passthrough: true }) response: ServerResponse): Promise<string> {
    const text = await this.colleagues.metrics();
    response.setHeader('Content-Type', this.registry.contentType);
    return text;
  }
}
