import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '#libs/contracts';
import { TokenBuckets } from '#libs/limits';
import { SETTINGS } from '#libs/service';
import type { IngestSettings } from '../ingest-settings.js';

/**
 * How fast events may come in through this replica of ingest. What has a rate of its own is named by a text: a key
 * over HTTP, an `http` source, a workspace over NATS, where a message does not say which key it is from.
 */
@Injectable()
export class PublishRates {
  private readonly buckets: TokenBuckets;

  constructor(@Inject(SETTINGS) { maxEventsPerKey }: Pick<IngestSettings, 'maxEventsPerKey'>) {
    this.buckets = new TokenBuckets({ perSecond: maxEventsPerKey });
  }

  /** Before a body is read that may not be taken. @throws Problem `too-many-requests` */
  check(whose: string): void {
    refuse(this.buckets.waitS(whose));
  }

  /** Counts events that are about to be stored. @throws Problem `too-many-requests`, and counts nothing then */
  take(whose: string, events: number): void {
    refuse(this.buckets.take(whose, events));
  }

  /** The same for one event, without an error for each that is refused: there is no time for that in a flood. */
  mayTake(whose: string): boolean {
    return this.buckets.take(whose) === 0;
  }
}

function refuse(retryAfterS: number): void {
  if (retryAfterS > 0) throw tooFast(retryAfterS);
}

/** The answer to events that come too fast. */
export function tooFast(retryAfterS?: number): Problem {
  return new Problem('too-many-requests', 'Events come faster than they may. Nothing was stored.', {
    limit: 'events-per-key',
    ...(retryAfterS !== undefined && { retryAfterS }),
  });
}
