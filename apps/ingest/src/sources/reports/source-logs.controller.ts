import { Controller, Get, Head, Param, Req, Res } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AccessService, credentialOf, type Principal } from '#libs/access';
import type { StreamEntry } from '#libs/catalogue';
import { Problem } from '#libs/contracts';
import { EVENT_STREAM_HEADERS } from '#libs/sse';
import { ManagedStreams } from '../../streams/managed-streams.js';
import { LogSessions } from './log-sessions.js';

/**
 * `GET /sources/:id/logs/sse`: what a source says while it works, as it says it. Private always, since a log tells
 * more than the events do.
 */
@Controller('sources/:id/logs/sse')
@ApiBearerAuth()
export class SourceLogsController {
  constructor(
    private readonly access: AccessService,
    private readonly streams: ManagedStreams,
    private readonly sessions: LogSessions,
  ) {}

  // HEAD comes first: Express would answer it with the GET route, which never ends.
  @Head()
  async head(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.admit(request, id);
    response.writeHead(200, EVENT_STREAM_HEADERS).end();
  }

  /** Not `@Sse()`, whose writer and the session's would both begin the response. */
  @Get()
  async follow(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { caller, entry } = await this.admit(request, id);
    await this.sessions.open(request, response, entry, caller);
  }

  private async admit(request: Request, id: string): Promise<{ caller: Principal; entry: StreamEntry }> {
    const credential = credentialOf(request);
    if (credential === undefined) {
      throw new Problem('no-credential', 'Send an API key as "Authorization: Bearer <key>".');
    }
    const caller = await this.access.authenticate(credential.text);
    return { caller, entry: await this.streams.find(caller, 'source', id, ['subscribe', 'manage']) };
  }
}
