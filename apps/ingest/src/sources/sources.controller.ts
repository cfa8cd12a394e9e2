import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Caller, type Principal, RequireScope } from '#libs/access';
import type { StreamEntry } from '#libs/catalogue';
import { Problem } from '#libs/contracts';
import { AnswersInTime, ApiCall, ApiFields, readFields, SETTINGS } from '#libs/service';
import { LIST_QUERY, listPage } from '../streams/list-page.js';
import { ManagedStreams } from '../streams/managed-streams.js';
import { PublicAddress } from '../streams/public-address.js';
import {
  FAILED_SOURCE,
  OTHER_SOURCES,
  PAGE_INFO_EXAMPLE,
  SOURCE_EXAMPLE,
} from '../streams/stream-example.js';
import type { SourcePolicy } from './source-policy.js';
import { SourceTools } from './source-tools.js';
import { SOURCE_TYPES, sourceTypeIn, sourceTypeNamed } from './source-types.js';
import { sourceView } from './source-view.js';

/** Sources: what each type adds is its own affair. */
@Controller('v1/sources')
@AnswersInTime()
@RequireScope('manage')
export class SourcesController {
  constructor(
    private readonly streams: ManagedStreams,
    private readonly address: PublicAddress,
    private readonly tools: SourceTools,
    @Inject(SETTINGS) private readonly policy: SourcePolicy,
  ) {}

  @Post()
  @ApiCall({
    summary: 'Deploy a source of the type "http", "timer", "rss" or "nats"',
    status: 201,
    answer: SOURCE_EXAMPLE,
    others: OTHER_SOURCES,
    problems: ['quota-exceeded'],
  })
  @ApiFields(z.union(SOURCE_TYPES.map(({ newSchema }) => newSchema)), { type: 'http', name: 'github' })
  async deploy(
    @Caller() caller: Principal,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const body = await readFields(request, z.unknown());
    const entry = await this.streams.create(caller, sourceTypeIn(body).readNew(body, this.policy));
    response.location(`/v1/sources/${entry.id}`);
    return this.view(entry, request);
  }

  @Get()
  @ApiCall({
    summary: 'The sources of the workspace, oldest first',
    query: { ...LIST_QUERY, expand: '"last_error": with what went wrong last in each' },
    answer: { data: [SOURCE_EXAMPLE, ...OTHER_SOURCES] },
    others: [
      { page_info: PAGE_INFO_EXAMPLE, data: [FAILED_SOURCE, { ...SOURCE_EXAMPLE, last_error: null }] },
    ],
  })
  async list(@Caller() caller: Principal, @Query() query: Record<string, unknown>, @Req() request: Request) {
    const { entries, head } = listPage(await this.streams.list(caller, 'source', ['manage']), query);
    const views = entries.map((entry) => this.view(entry, request));
    if (query.expand !== 'last_error') return { ...head, data: views };
    const errors = await this.tools.reports.lastErrors(entries.map(({ id }) => id));
    return { ...head, data: views.map((view, n) => ({ ...view, last_error: errors[n] })) };
  }

  @Get(':id')
  @ApiCall({
    summary: 'One source, with what went wrong in it last',
    answer: FAILED_SOURCE,
    others: OTHER_SOURCES.map((source) => ({ ...source, last_error: null })),
  })
  async describe(@Param('id') idOrName: string, @Caller() caller: Principal, @Req() request: Request) {
    const entry = await this.streams.find(caller, 'source', idOrName, ['manage']);
    const lastError = await this.tools.reports.lastError(entry.id);
    return { ...this.view(entry, request), last_error: lastError };
  }

  @Put(':id')
  @ApiCall({
    summary: 'Change a source; what is left out stays',
    answer: SOURCE_EXAMPLE,
    others: OTHER_SOURCES,
    problems: ['conflict'],
  })
  @ApiFields(z.union(SOURCE_TYPES.map(({ changeSchema }) => changeSchema)), { active: false })
  async change(@Param('id') idOrName: string, @Caller() caller: Principal, @Req() request: Request) {
    const found = await this.streams.find(caller, 'source', idOrName, ['manage']);
    const type = sourceTypeNamed(found.type);
    if (type === undefined) {
      throw new Problem('conflict', `This version of Runnel does not know sources of type ${found.type}.`);
    }
    const change = type.readChange(await readFields(request, z.unknown()), this.policy);
    const entry = await this.streams.update(found, change);
    return this.view(entry, request);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiCall({ summary: 'Delete a source with its stream and all its events' })
  async delete(@Param('id') idOrName: string, @Caller() caller: Principal): Promise<void> {
    const entry = await this.streams.find(caller, 'source', idOrName, ['manage']);
    await this.streams.delete(entry);
    await this.tools.reports.forget(entry.id);
  }

  private view(entry: StreamEntry, request: Request) {
    const base = this.address.baseFor(request);
    return sourceView(entry, base, (error) => this.tools.reports.damaged(entry.id, error));
  }
}
