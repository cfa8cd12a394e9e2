import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { Caller, type Principal, RequireScope } from '#libs/access';
import type { StreamEntry } from '#libs/catalogue';
import { Problem, parseCursor } from '#libs/contracts';
import { EventLog } from '#libs/event-log';
import { AnswersInTime, ApiCall, checkFields } from '#libs/service';
import { ManagedStreams, refOf } from '../streams/managed-streams.js';
import { HISTORY_EXAMPLE, SUMMARIES_EXAMPLE } from '../streams/stream-example.js';
import { historyPage } from './history-page.js';
import { historyQuery } from './history-query.js';

/** Either is enough to read what was stored. */
const READERS = ['subscribe', 'manage'] as const;

/** What a page is asked for by, in the documentation. */
const PAGE_QUERY = {
  limit: 'Events at the most, 1 to 100. Left out: 10',
  before: 'Only events before this one',
  after: 'Only events after this one',
  channel: 'Only events of this channel',
};

const range = z.strictObject({ start_id: z.string().optional(), end_id: z.string().optional() });

/** The stored events of a stream. */
@Controller('v1')
@AnswersInTime()
export class HistoryController {
  constructor(
    private readonly streams: ManagedStreams,
    private readonly eventLog: EventLog,
  ) {}

  @Get('streams/:id/events')
  @ApiCall({ summary: 'Stored events, newest last', query: PAGE_QUERY, answer: HISTORY_EXAMPLE })
  @RequireScope(...READERS)
  async read(@Param('id') idOrName: string, @Query() query: unknown, @Caller() caller: Principal) {
    return this.page(await this.streams.find(caller, 'any', idOrName, READERS), query);
  }

  /** The same in the form of Pipedream's event summaries, newest first. */
  @Get('sources/:id/event_summaries')
  @ApiCall({
    summary: "The same in the form of Pipedream's event summaries, newest first",
    query: { ...PAGE_QUERY, expand: '"event": with what was stored' },
    answer: SUMMARIES_EXAMPLE,
    others: [{ ...SUMMARIES_EXAMPLE, data: [{ id: '', indexed_at_ms: 0, metadata: { emit_id: '' } }] }],
  })
  @RequireScope(...READERS)
  async summaries(
    @Param('id') idOrName: string,
    @Query() query: Record<string, unknown>,
    @Caller() caller: Principal,
  ) {
    const entry = await this.streams.find(caller, 'source', idOrName, READERS);
    const { page_info, data } = await this.page(entry, query);
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
  @ApiCall({
    summary: 'Delete stored events: all, or a range; subscribers keep going',
    query: {
      start_id: 'The first that goes. Left out: the oldest',
      end_id: 'The last. Left out: the newest',
    },
  })
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
    await this.eventLog.keeper.delete(ref, from, to);
  }

  private async page(entry: StreamEntry, query: unknown) {
    const ref = refOf(entry);
    const wanted = historyQuery(query);
    const [epoch, page] = await Promise.all([this.eventLog.epoch(ref), this.eventLog.kept.page(ref, wanted)]);
    return historyPage(epoch, page);
  }
}

/** The sequence of an event's id. @throws Problem `malformed-request` for what is no id of this stream */
function seqIn(epoch: string, id: string): number {
  const cursor = parseCursor(id);
  if (cursor?.epoch === epoch && cursor.side === 'after') return cursor.seq;
  throw new Problem('malformed-request', 'start_id and end_id must be ids of events of this stream.');
}
