import { Controller, Delete, Get, HttpCode, Param, Query, Req } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { Caller, type Principal, RequireScope } from '#libs/access';
import { Problem, parseCursor, REPLAY_EVENTS } from '#libs/contracts';
import { EventLog } from '#libs/event-log';
import { Callers } from '../streams/callers.js';
import { ManagedStreams, refOf } from '../streams/managed-streams.js';
import { checkFields } from '../streams/request-fields.js';
import { historyPage } from './history-page.js';
import { historyQuery } from './history-query.js';

/** Either is enough to read what was stored. */
const READERS = ['subscribe', 'manage'] as const;

const range = z.strictObject({ start_id: z.string().optional(), end_id: z.string().optional() });

/** The stored events of a stream (SPEC section 5). */
@Controller('v1')
@ApiBearerAuth()
export class HistoryController {
  constructor(
    private readonly callers: Callers,
    private readonly streams: ManagedStreams,
    private readonly eventLog: EventLog,
  ) {}

  @Get('streams/:id/events')
  async read(@Param('id') idOrName: string, @Query() query: unknown, @Req() request: Request) {
    const caller = await this.callers.authenticate(request);
    const ref = refOf(await this.streams.find(caller, 'any', idOrName, READERS));
    const wanted = historyQuery(query);
    const [epoch, events] = await Promise.all([
      this.eventLog.epoch(ref),
      this.eventLog.newest(ref, REPLAY_EVENTS),
    ]);
    return historyPage(epoch, events, wanted);
  }

  /** The same in the form of Pipedream's event summaries, newest first. */
  @Get('sources/:id/event_summaries')
  async summaries(
    @Param('id') idOrName: string,
    @Query() query: Record<string, unknown>,
    @Req() request: Request,
  ) {
    const caller = await this.callers.authenticate(request);
    const ref = refOf(await this.streams.find(caller, 'source', idOrName, READERS));
    const wanted = historyQuery(query);
    const [epoch, events] = await Promise.all([
      this.eventLog.epoch(ref),
      this.eventLog.newest(ref, REPLAY_EVENTS),
    ]);
    const { page_info, data } = historyPage(epoch, events, wanted);
    const expand = query.expand === 'event';
    return {
      page_info: { ...page_info, start_cursor: page_info.end_cursor, end_cursor: page_info.start_cursor },
      data: data.reverse().map(({ id, ts, payload }) => ({
        id,
        indexed_at_ms: ts,
        metadata: { emit_id: id },
        ...(expand ? { event: payload } : {}),
      })),
    };
  }

  /** Deletes from `start_id` to `end_id`, both included; all events when neither is given. */
  @Delete('streams/:id/events')
  @HttpCode(204)
  @RequireScope('manage')
  async remove(
    @Param('id') idOrName: string,
    @Query() query: unknown,
    @Caller() caller: Principal,
  ): Promise<void> {
    const ref = refOf(await this.streams.find(caller, 'any', idOrName, ['manage']));
    const { start_id: startId, end_id: endId } = checkFields(query, range);
    const epoch = await this.eventLog.epoch(ref);
    const from = startId === undefined ? 1 : seqIn(epoch, startId);
    const to = endId === undefined ? Number.MAX_SAFE_INTEGER : seqIn(epoch, endId);
    if (from > to) throw new Problem('malformed-request', 'start_id must not be newer than end_id.');
    await this.eventLog.delete(ref, from, to);
  }
}

/** The sequence of an event's id. @throws Problem `malformed-request` for what is no id of this stream */
function seqIn(epoch: string, id: string): number {
  const cursor = parseCursor(id);
  if (cursor?.epoch === epoch && cursor.side === 'after') return cursor.seq;
  throw new Problem('malformed-request', 'start_id and end_id must be ids of events of this stream.');
}
