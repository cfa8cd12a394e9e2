/** Longest wait that is believed: a mistaken header must not silence a client for days. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** Milliseconds in a Retry-After header, which has seconds or a date (RFC 9110 section 10.2.3). */
export function retryAfterMs(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}
