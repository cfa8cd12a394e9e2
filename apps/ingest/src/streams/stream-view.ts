import { Injectable } from '@nestjs/common';
import type { StreamEntry } from '#libs/catalogue';
import { publishSubject } from '#libs/contracts';
import { EventLog } from '#libs/event-log';
import { refOf } from './managed-streams.js';
import { sseUrl } from './public-address.js';

/** Streams whose events are counted at the same time for a list. */
const COUNTS_AT_ONCE = 16;

/** Streams as the API shows them. */
@Injectable()
export class StreamViews {
  constructor(private readonly eventLog: EventLog) {}

  async of(entry: StreamEntry, base: string) {
    const ref = refOf(entry);
    const eventCount = await this.eventLog.count(ref);
    return {
      id: entry.id,
      name: entry.name,
      kind: entry.kind,
      type: entry.type,
      visibility: entry.visibility,
      active: entry.active,
      sse_url: sseUrl(base, entry),
      nats_subject: publishSubject(ref),
      event_count: eventCount,
      created_at: entry.createdAt,
      updated_at: entry.updatedAt,
    };
  }

  async all(entries: readonly StreamEntry[], base: string) {
    const views = [];
    for (let start = 0; start < entries.length; start += COUNTS_AT_ONCE) {
      const part = entries.slice(start, start + COUNTS_AT_ONCE).map((entry) => this.of(entry, base));
      views.push(...(await Promise.all(part)));
    }
    return views;
  }
}
