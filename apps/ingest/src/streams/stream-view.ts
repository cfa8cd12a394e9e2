import { Injectable } from '@nestjs/common';
import type { StreamEntry } from '#libs/catalogue';
import { publishSubject } from '#libs/contracts';
import { EventLog } from '#libs/event-log';
import { SubscriberCounts } from '#libs/presence';
import { refOf } from './managed-streams.js';
import { sseUrl } from './public-address.js';

/** Streams as the API shows them. */
@Injectable()
export class StreamViews {
  constructor(
    private readonly eventLog: EventLog,
    private readonly subscriberCounts: SubscriberCounts,
  ) {}

  async of(entry: StreamEntry, base: string) {
    const [view] = await this.all([entry], base);
    return view;
  }

  /** Costs the same few requests for one stream and for thousands. */
  async all(entries: readonly StreamEntry[], base: string) {
    const refs = entries.map(refOf);
    const eventCounts = await this.eventLog.kept.counts(refs);
    const subscribers = await this.subscriberCounts.of(refs);
    return entries.map((entry, n) => ({
      id: entry.id,
      name: entry.name,
      kind: entry.kind,
      type: entry.type,
      visibility: entry.visibility,
      active: entry.active,
      history: { max_events: entry.history.maxEvents, max_age_s: entry.history.maxAgeS },
      sse_url: sseUrl(base, entry),
      nats_subject: publishSubject(refOf(entry)),
      event_count: eventCounts[n],
      subscribers: subscribers?.[n] ?? null,
      created_at: entry.createdAt,
      updated_at: entry.updatedAt,
    }));
  }
}
