import { Controller, Inject, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Caller, type Principal, RequireScope, requireAllowed } from '#libs/access';
import { StreamDirectory } from '#libs/catalogue';
import { Problem } from '#libs/contracts';
import { EventLog, type StoredId } from '#libs/event-log';
import { AnswersInTime, SETTINGS, spanOf } from '#libs/service';
import { during, Traces } from '#libs/tracing';
import type { IngestSettings } from '../ingest-settings.js';
import { refOf } from '../streams/managed-streams.js';
import { idempotencyKey, toNewEvents } from './new-events.js';
import { readPublishBody } from './publish-body.js';
import { PublishRates } from './publish-rates.js';
import { sendSpan } from './send-span.js';

/** `POST /v1/streams/:id/events`: 201 means that JetStream has stored every event. */
@Controller('v1/streams/:id/events')
@AnswersInTime()
export class PublishController {
  constructor(
    private readonly directory: StreamDirectory,
    private readonly eventLog: EventLog,
    private readonly rates: PublishRates,
    private readonly traces: Traces,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
  ) {}

  @Post()
  @RequireScope('publish')
  async publish(
    @Param('id') idOrName: string,
    @Caller() caller: Principal,
    @Req() request: Request,
  ): Promise<{ events: StoredId[] }> {
    const entry = await this.directory.find(caller.workspace, idOrName);
    if (entry === undefined) throw new Problem('not-found', 'There is no stream with this id or name.');
    requireAllowed(caller, 'publish', entry.id);
    const key = idempotencyKey(request.get('idempotency-key'));
    this.rates.check(caller.keyId);
    const body = await readPublishBody(request, this.settings.maxRequestBytes);
    const events = toNewEvents(entry.kind, body, key);
    this.rates.take(caller.keyId, events.length);
    const first = key === undefined ? 'with-all' : 'alone';
    const span = sendSpan(this.traces.recorder, spanOf(request)?.headers, entry, events.length);
    return {
      events: await during(span, () =>
        this.eventLog.append(refOf(entry), events, { first, trace: span?.headers }),
      ),
    };
  }
}
