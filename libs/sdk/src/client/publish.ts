import { randomBase62 } from '#libs/contracts';
import { pause } from '#libs/timing';
import { ConnectError, RunnelError } from '../errors.js';
import { type Http, segment } from '../http/http.js';
import type { EventInput, PublishedEvent } from './views.js';

/**
 * Milliseconds for which it is tried again. Longer while something answers: a leader election of NATS takes up to
 * nine seconds. A refused connection is more often a wrong address.
 */
const PATIENCE_MS = { answered: 15_000, unreachable: 4_000 };
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

/** Statuses after which the same request may succeed; 502 and 504 are a proxy's word for a service that is gone. */
const RETRYABLE = new Set([429, 502, 503, 504]);

export interface PublishOptions {
  /** 1 to 128 printable ASCII characters. Left out: one is made, which serves for the retries of this call. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which no retry begins, 0 for none. Left out: 15 s, or 4 s while nothing answers. */
  readonly patienceMs?: number | undefined;
}

/**
 * Publishes, and tries again while the outcome is unknown. Each attempt has the same idempotency key, so that the
 * events are stored once however many attempts arrive.
 *
 * @throws RunnelError, ConnectError: of the last attempt
 */
export async function publish(
  http: Http,
  stream: string,
  events: EventInput | readonly EventInput[],
  { idempotencyKey = randomBase62(22), signal, patienceMs }: PublishOptions = {},
): Promise<PublishedEvent[]> {
  const path = `/v1/streams/${segment(stream)}/events`;
  const options = { body: events, headers: { 'idempotency-key': idempotencyKey }, signal };
  const begin = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return (await http.call<{ events: PublishedEvent[] }>('POST', path, options)).events;
    } catch (error) {
      const waitMs = Math.max(pauseMs(attempt), (error as Partial<RunnelError>).retryAfterMs ?? 0);
      const givenUpMs = Math.min(patienceFor(error), patienceMs ?? Number.POSITIVE_INFINITY);
      if (performance.now() - begin + waitMs > givenUpMs) throw error;
      await pause(waitMs, signal);
      signal?.throwIfAborted();
    }
  }
}

function patienceFor(error: unknown): number {
  if (error instanceof ConnectError) return PATIENCE_MS.unreachable;
  return error instanceof RunnelError && RETRYABLE.has(error.status) ? PATIENCE_MS.answered : 0;
}

function pauseMs(attempt: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 4);
}
