import { Controller, Head, Inject, Param, Req, Res, Sse } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { Problem, type StreamKind } from '#libs/contracts';
import { corsHeadersFor, Drain, SETTINGS, setCorsHeaders } from '#libs/service';
import { EVENT_STREAM_HEADERS } from '#libs/sse';
import type { GatewaySettings } from '../gateway-settings.js';
import { type Admission, Admissions } from './admission.js';
import { ApiStream } from './api-stream.js';
import { patiently } from './patience.js';
import { mergeQuery, subscribeQuery } from './subscribe-query.js';
import { Subscriptions } from './subscriptions.js';

/** The addresses of streams (docs/http.md, "Subscribing"). What is refused is refused before the head of the response. */
@Controller()
export class SubscribeController {
  constructor(
    private readonly admissions: Admissions,
    private readonly subscriptions: Subscriptions,
    private readonly drain: Drain,
    @Inject(SETTINGS) private readonly settings: GatewaySettings,
  ) {}

  // HEAD comes first: Express would answer it with the GET route, whose stream never ends.
  @Head(['sources/:id/sse', 'sse/dc/:id/emits'])
  headOfSource(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.head('source', id, request, response);
  }

  @Head('pipelines/:id/sse')
  headOfWorkflow(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.head('workflow', id, request, response);
  }

  @Sse('sources/:id/sse')
  @ApiStream({ summary: 'Listen to a source' })
  source(@Param('id') id: string, @Req() request: Request, @Res() response: Response) {
    return this.stream('source', id, request, response);
  }

  @Sse('sse/dc/:id/emits')
  @ApiStream({ summary: "Listen to a source, at Pipedream's address" })
  emits(@Param('id') id: string, @Req() request: Request, @Res() response: Response) {
    return this.stream('source', id, request, response);
  }

  @Sse('pipelines/:id/sse')
  @ApiStream({ summary: 'Listen to a workflow' })
  workflow(@Param('id') id: string, @Req() request: Request, @Res() response: Response) {
    return this.stream('workflow', id, request, response);
  }

  @Head('v1/sse')
  async headOfMany(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { streams } = mergeQuery(...queryOf(request));
    this.answerHead(request, response, await this.admissions.admitAll(request, streams));
  }

  @Sse('v1/sse')
  @ApiStream({
    summary: 'Listen to up to 50 streams on one connection',
    query: {
      'stream[]': 'Ids or names of streams, 1 to 50',
      envelope: '"1": data is {"stream","channel","id","ts","payload"}',
    },
  })
  async many(@Req() request: Request, @Res() response: Response): Promise<Observable<never>> {
    const query = mergeQuery(...queryOf(request));
    const admit = () => this.admissions.admitAll(request, query.streams);
    return this.subscriptions.merge(request, response, await this.admitted(request, response, admit), query);
  }

  private async stream(
    kind: StreamKind,
    id: string,
    request: Request,
    response: Response,
  ): Promise<Observable<never>> {
    const admission = await this.admitted(request, response, () => this.admissions.admit(request, kind, id));
    const query = subscribeQuery(...queryOf(request));
    return this.subscriptions.open(request, response, admission, query);
  }

  /** Who is refused is told why, where that is a page that may know: else its client could only try for ever. */
  private async admitted<T>(request: Request, response: Response, ask: () => Promise<T>): Promise<T> {
    const gone = () => response.destroyed || this.drain.draining;
    try {
      return await patiently(ask, this.settings.subscribePatienceMs, gone);
    } catch (error) {
      // That nothing is there is no secret of anybody's: pages of all origins listen to public streams.
      const publicResource = error instanceof Problem && error.code === 'not-found';
      const policy = { origins: this.settings.corsOrigins, publicResource };
      setCorsHeaders(response, corsHeadersFor(request.get('origin'), policy));
      throw error;
    }
  }

  private async head(kind: StreamKind, id: string, request: Request, response: Response): Promise<void> {
    const admission = await this.admissions.admit(request, kind, id);
    subscribeQuery(...queryOf(request));
    this.answerHead(request, response, [admission]);
  }

  private answerHead(request: Request, response: Response, admissions: readonly Admission[]): void {
    response
      .writeHead(200, { ...EVENT_STREAM_HEADERS, ...this.subscriptions.headers(request, admissions) })
      .end();
  }
}

function queryOf(request: Request): [URLSearchParams, string | undefined] {
  const { searchParams } = new URL(request.originalUrl, 'http://localhost');
  return [searchParams, request.get('last-event-id')];
}
