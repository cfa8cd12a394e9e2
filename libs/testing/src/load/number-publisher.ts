import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds in which every request must be answered, whatever is broken. */
export const ANSWER_MS = 10_000;
/** Milliseconds before what was not confirmed is sent again. */
const RETRY_MS = 50;
/** Events that a listener may be behind of who waits for it: fewer than are kept, however long it is away. */
const MAX_BEHIND = 60;
/** Requests a second at the most; more events than that go in batches. */
const MAX_REQUESTS_PER_SECOND = 50;

export interface PublisherOptions {
  /** Base address of ingest, or of whatever stands before it. */
  readonly url: string;
  readonly key: string;
  readonly stream: string;
  /** Events a second. Default 50. */
  readonly perSecond?: number;
  /** Bytes that each event is filled up with. Default 0. */
  readonly padding?: number;
  /** Listeners that must not fall out of the history: it waits for those that are far behind. Default: none. */
  readonly waitsFor?: readonly { readonly last: number }[];
}

/** What a publisher sends: the number, and what fills it up. */
export interface NumberEvent {
  readonly n: number;
  readonly padding?: string;
}

/**
 * Publishes the numbers from 0 on until it is stopped, as a careful program does: each with a key of its own, and
 * what was not confirmed again with the same key before anything else. So the confirmed ones are those below
 * {@link acked}, and each of them must be in the stream once.
 */
export class NumberPublisher {
  /** Numbers below this one were confirmed. */
  acked = 0;
  /** The id of each confirmed number. */
  readonly ids: string[] = [];
  /** Requests that were answered with 503, or not at all because the connection broke. */
  unconfirmed = 0;
  /** What no publisher should be answered, or left without, whatever is broken. */
  readonly faults: string[] = [];
  private stopped = false;
  private readonly running: Promise<void>;
  private readonly batch: number;

  private constructor(private readonly options: PublisherOptions) {
    const { perSecond = 50 } = options;
    this.batch = Math.max(1, Math.round(perSecond / MAX_REQUESTS_PER_SECOND));
    this.running = this.run(perSecond);
  }

  static start(options: PublisherOptions): NumberPublisher {
    return new NumberPublisher(options);
  }

  /** Ends after the request that is under way. Resolves with how many numbers were confirmed. */
  async stop(): Promise<number> {
    this.stopped = true;
    await this.running;
    return this.acked;
  }

  private async run(perSecond: number): Promise<void> {
    const intervalMs = (this.batch / perSecond) * 1_000;
    while (!this.stopped) {
      const begun = performance.now();
      if (this.isAhead()) {
        await sleep(RETRY_MS);
      } else if (await this.send()) {
        // What was not sent during an outage does not come in a burst after it.
        await sleep(Math.max(0, intervalMs - (performance.now() - begun)));
      } else {
        this.unconfirmed += 1;
        await sleep(RETRY_MS);
      }
    }
  }

  private isAhead(): boolean {
    return this.options.waitsFor?.some(({ last }) => this.acked - last > MAX_BEHIND) ?? false;
  }

  /** @returns whether the next numbers are confirmed now */
  private async send(): Promise<boolean> {
    const { url, key, stream, padding = 0 } = this.options;
    const filling = padding > 0 ? { padding: 'x'.repeat(padding) } : {};
    const events = Array.from({ length: this.batch }, (_, index) => {
      const n = this.acked + index;
      return { channel: 'n', payload: { n, ...filling } satisfies NumberEvent, id: `n${n}` };
    });
    try {
      const response = await fetch(`${url}/v1/streams/${stream}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(events),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const text = await response.text();
      if (response.status === 201) return this.confirm(text);
      if (response.status !== 503) this.faults.push(`Publishing was answered ${response.status}: ${text}`);
      else if (response.headers.get('retry-after') === null) this.faults.push('A 503 without Retry-After.');
    } catch (error) {
      // A connection that is refused or breaks off is what a dead process looks like; silence is not allowed.
      if ((error as Error).name === 'TimeoutError') this.faults.push(`No answer within ${ANSWER_MS} ms.`);
    }
    return false;
  }

  private confirm(text: string): true {
    const { events } = JSON.parse(text) as { events: { id: string }[] };
    this.ids.push(...events.map(({ id }) => id));
    this.acked += this.batch;
    return true;
  }
}
