import { Controller, Get, Param, Put, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { Caller, type Principal, RequireScope } from '#libs/access';
import { AnswersInTime, ApiCall, ApiFields, readFields } from '#libs/service';
import { LIST_QUERY, listPage } from './list-page.js';
import { ManagedStreams } from './managed-streams.js';
import { PublicAddress } from './public-address.js';
import { PAGE_INFO_EXAMPLE, STREAM_EXAMPLE } from './stream-example.js';
import { historyField, visibilityField } from './stream-fields.js';
import { type StreamChange, StreamHistory } from './stream-history.js';
import { StreamViews } from './stream-view.js';

/** Any of these is enough to look at a stream. */
const READERS = ['subscribe', 'publish', 'manage'] as const;

const streamChange = z.strictObject({
  visibility: visibilityField.optional(),
  history: historyField.optional(),
});

/** Streams of both kinds. */
@Controller('v1/streams')
@AnswersInTime()
export class StreamsController {
  constructor(
    private readonly streams: ManagedStreams,
    private readonly histories: StreamHistory,
    private readonly views: StreamViews,
    private readonly address: PublicAddress,
  ) {}

  @Get()
  @ApiCall({
    summary: 'The streams of the workspace, of both kinds, oldest first',
    query: LIST_QUERY,
    answer: { data: [STREAM_EXAMPLE] },
    others: [{ page_info: PAGE_INFO_EXAMPLE, data: [STREAM_EXAMPLE] }],
  })
  @RequireScope(...READERS)
  async list(@Caller() caller: Principal, @Query() query: unknown, @Req() request: Request) {
    const { entries, head } = listPage(await this.streams.list(caller, 'any', READERS), query);
    return { ...head, data: await this.views.all(entries, this.address.baseFor(request)) };
  }

  @Get(':id')
  @ApiCall({ summary: 'One stream', answer: STREAM_EXAMPLE })
  @RequireScope(...READERS)
  async describe(@Param('id') idOrName: string, @Caller() caller: Principal, @Req() request: Request) {
    const entry = await this.streams.find(caller, 'any', idOrName, READERS);
    return this.views.of(entry, this.address.baseFor(request));
  }

  @Put(':id')
  @RequireScope('manage')
  @ApiCall({
    summary: 'Change who may listen, and how much is kept',
    answer: STREAM_EXAMPLE,
    problems: ['conflict', 'quota-exceeded'],
  })
  @ApiFields(streamChange, { visibility: 'private', history: { max_events: 1000, max_age_s: 86_400 } })
  async change(@Param('id') idOrName: string, @Caller() caller: Principal, @Req() request: Request) {
    const found = await this.streams.find(caller, 'any', idOrName, ['manage']);
    const entry = await this.histories.change(found, changeIn(await readFields(request, streamChange)));
    return this.views.of(entry, this.address.baseFor(request));
  }
}

function changeIn({ visibility, history }: z.output<typeof streamChange>): StreamChange {
  const { max_events: maxEvents, max_age_s: maxAgeS } = history ?? {};
  const wanted = { ...(maxEvents !== undefined && { maxEvents }), ...(maxAgeS !== undefined && { maxAgeS }) };
  return { visibility, history: history && wanted };
}
