import { Controller, Get, Head, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Caller, type Principal, RequireScope } from '#libs/access';
import { ApiCall } from '#libs/service';
import { EVENT_STREAM_HEADERS } from '#libs/sse';
import { ManagedStreams } from '../../streams/managed-streams.js';
import { LogSessions } from './log-sessions.js';

/** Either is enough to hear what a source says. */
const READERS = ['subscribe', 'manage'] as const;

/**
 * `GET /sources/:id/logs/sse`: what a source says while it works, as it says it. Private always, since a log tells
 * more than the events do.
 */
@Controller('sources/:id/logs/sse')
@ApiTags('Sources')
@RequireScope(...READERS)
export class SourceLogsController {
  constructor(
    private readonly streams: ManagedStreams,
    private readonly sessions: LogSessions,
  ) {}

  // HEAD comes first: Express would answer it with the GET route, which never ends.
  @Head()
  async head(@Param('id') id: string, @Caller() caller: Principal, @Res() response: Response): Promise<void> {
    await this.streams.find(caller, 'source', id, READERS);
    response.writeHead(200, EVENT_STREAM_HEADERS).end();
  }

  /** Not `@Sse()`, whose writer and the session's would both begin the response. */
  @Get()
  @ApiCall({
    summary: 'What a source says while it works, live',
    answer: 'data: {"ts":1769860800000,"level":"info","message":"POST: stored"}\n\n',
    problems: ['too-many-connections'],
  })
  async follow(
    @Param('id') id: string,
    @Caller() caller: Principal,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const entry = await this.streams.find(caller, 'source', id, READERS);
    await this.sessions.open(request, response, entry, caller);
  }
}
