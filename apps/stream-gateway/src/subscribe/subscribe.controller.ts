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

/**
 * Refusals that pages of all origins may read, as they may listen to public streams: these are about the request, or
 * the service, or say that nothing is there.
 */
const NO_SECRETS: ReadonlySet<string> = new Set([
  'malformed-request',
  'key-in-query',
  'not-found',
  'unavailable',
]);

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
  headOfMany(@Req() request: Request, @Res() response: Response): Promise<void> {
    const asked = queryOf(request)[0].getAll('stream');
    return this.readably(request, response, asked, async () => {
      const { streams } = mergeQuery(...queryOf(request));
      this.answerHead(request, response, await this.admissions.admitAll(request, streams));
    });
  }

  @Sse('v1/sse')
  @ApiStream({
    summary: 'Listen to up to 50 streams on one connection',
    query: {
      'stream[]': 'Ids or names of streams, 1 to 50',
      envelope: '"1": data is {"stream","channel","id","ts","payload"}',
    },
  })
  many(@Req() request: Request, @Res() response: Response): Promise<Observable<never>> {
    const asked = queryOf(request)[0].getAll('stream');
    return this.readably(request, response, asked, async () => {
      const query = mergeQuery(...queryOf(request));
      const admissions = await this.admitted(response, () =>
        this.admissions.admitAll(request, query.streams),
      );
      return this.subscriptions.merge(request, response, admissions, query);
    });
  }

  private stream(
    kind: StreamKind,
    id: string,
    request: Request,
    response: Response,
  ): Promise<Observable<never>> {
    return this.readably(request, response, [id], async () => {
      const admission =
        this.admissions.recall(request, kind, id) ??
        (await this.admitted(response, () => this.admissions.admit(request, kind, id)));
      const query = subscribeQuery(...queryOf(request));
      return this.subscriptions.open(request, response, admission, query);
    });
  }

  private admitted<T>(response: Response, ask: () => Promise<T>): Promise<T> {
    const gone = () => response.destroyed || this.drain.draining;
    return patiently(ask, this.settings.subscribePatienceMs, gone);
  }

  /** Who is refused is told why, where that is a page that may know: else its client could only try for ever. */
  private async readably<T>(
    request: Request,
    response: Response,
    ids: readonly string[],
    answer: () => Promise<T>,
  ): Promise<T> {
    try {
      return await answer();
    } catch (error) {
      const origin = request.get('origin');
      const { corsOrigins: origins } = this.settings;
      const isForAll =
        !origins.includes(origin ?? '') &&
        error instanceof Problem &&
        (NO_SECRETS.has(error.code) || (await this.admissions.arePublic(ids)));
      setCorsHeaders(response, corsHeadersFor(origin, { origins, publicResource: isForAll }));
      throw error;
    }
  }

  private head(kind: StreamKind, id: string, request: Request, response: Response): Promise<void> {
    return this.readably(request, response, [id], async () => {
      const admission = await this.admissions.admit(request, kind, id);
      subscribeQuery(...queryOf(request));
      this.answerHead(request, response, [admission]);
    });
  }

  private answerHead(request: Request, response: Response, admissions: readonly Admission[]): void {
    response
      .writeHead(200, { ...EVENT_STREAM_HEADERS, ...this.subscriptions.headers(request, admissions) })
      .end();
  }
}

function queryOf(request: Request): [URLSearchParams, string | undefined] {
  // A fragment is never sent by browsers, and is not the server's where one is.
  const [query] = /\?[^#]*/.exec(request.originalUrl) ?? [];
  return [new URLSearchParams(query), request.get('last-event-id')];
}
