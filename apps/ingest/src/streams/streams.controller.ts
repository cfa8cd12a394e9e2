import { Controller, Get, Param, Put, Req } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { Caller, type Principal, RequireScope } from '#libs/access';
import { Callers } from './callers.js';
import { ManagedStreams } from './managed-streams.js';
import { PublicAddress } from './public-address.js';
import { DocumentedFields, readFields, visibilityField } from './request-fields.js';
import { StreamViews } from './stream-view.js';

/** Any of these is enough to look at a stream. */
const READERS = ['subscribe', 'publish', 'manage'] as const;

const streamChange = z.strictObject({ visibility: visibilityField.optional() });

/** Streams of both kinds (SPEC section 5). */
@Controller('v1/streams')
@ApiBearerAuth()
export class StreamsController {
  constructor(
    private readonly streams: ManagedStreams,
    private readonly views: StreamViews,
    private readonly address: PublicAddress,
    private readonly callers: Callers,
  ) {}

  @Get()
  async list(@Req() request: Request) {
    const caller = await this.callers.authenticate(request);
    const entries = await this.streams.list(caller, 'any', READERS);
    return { data: await this.views.all(entries, this.address.baseFor(request)) };
  }

  @Get(':id')
  async describe(@Param('id') idOrName: string, @Req() request: Request) {
    const caller = await this.callers.authenticate(request);
    const entry = await this.streams.find(caller, 'any', idOrName, READERS);
    return this.views.of(entry, this.address.baseFor(request));
  }

  @Put(':id')
  @RequireScope('manage')
  @DocumentedFields(streamChange)
  async change(@Param('id') idOrName: string, @Caller() caller: Principal, @Req() request: Request) {
    const found = await this.streams.find(caller, 'any', idOrName, ['manage']);
    const entry = await this.streams.update(found, await readFields(request, streamChange));
    return this.views.of(entry, this.address.baseFor(request));
  }
}
