import { Controller, Inject, Param, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { z } from 'zod';
import { Caller, type Principal, RequireScope, requireAllowed } from '#libs/access';
import { StreamDirectory } from '#libs/catalogue';
import { MAX_BATCH_EVENTS, Problem } from '#libs/contracts';
import { EventLog, type StoredId } from '#libs/event-log';
import { ApiCall, ApiFields, inTime, SETTINGS, spanOf } from '#libs/service';
import { during, Traces } from '#libs/tracing';
import type { IngestSettings } from '../ingest-settings.js';
import { refOf } from '../streams/managed-streams.js';
import { STORED_EXAMPLE } from '../streams/stream-example.js';
import { idempotencyKey, toNewEvents } from './new-events.js';
import { readPublishBody } from './publish-body.js';
import { PublishRates } from './publish-rates.js';
import { sendSpan } from './send-span.js';

/** An event as the documentation describes it; what checks events is `toNewEvents`. */
const eventFields = z.strictObject({
  channel: z.string().min(1).max(128).optional().describe('Required on workflow streams'),
  payload: z.unknown().describe('Any JSON, at most 512 KiB'),
  id: z.string().min(1).max(128).optional().describe('Idempotency key of this event'),
});

const EVENT_EXAMPLE = { channel: 'prices', payload: { EUR: 1.07 } };

/** Where events are published. */
export const PUBLISH_PATH = '/v1/streams/:id/events';

/** `POST /v1/streams/:id/events`: 201 means that JetStream has stored every event. */
@Controller(PUBLISH_PATH)
export class PublishController {
  constructor(
    private readonly directory: StreamDirectory,
    private readonly eventLog: EventLog,
    private readonly rates: PublishRates,
    private readonly traces: Traces,
    @Inject(SETTINGS) private readonly settings: IngestSettings,
  ) {}

  @Post()
  @ApiCall({
    summary: 'Publish: 201 says that every event is stored',
    description:
      'One event, an array of up to 1000, or one a line as application/x-ndjson. All are stored, or none.',
    headers: { 'Idempotency-Key': '1 to 128 printable characters: the same within two minutes stores once' },
    status: 201,
    answer: STORED_EXAMPLE,
    problems: ['idempotency-key-reused'],
  })
  @ApiFields(z.union([eventFields, z.array(eventFields).min(1).max(MAX_BATCH_EVENTS)]), EVENT_EXAMPLE)
  @RequireScope('publish')
  publish(
    @Param('id') idOrName: string,
    @Caller() caller: Principal,
    @Req() request: Request,
  ): Promise<{ events: StoredId[] }> {
    return inTime(request, this.store(idOrName, caller, request));
  }

  private async store(
    idOrName: string,
    caller: Principal,
    request: Request,
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
