import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Seconds by which the time in a signature may differ from ours; what is older may be a replay. */
export const TOLERANCE_S = 5 * 60;

/** A request as it was signed. */
export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The body's bytes as they came, before anything is made of them (after inflating, where compressed). */
  readonly body: Uint8Array;
  /** Milliseconds since 1970 at which it came. */
  readonly receivedAt: number;
}

/**
 * What is wrong with a request, for its sender and for the source's owner; undefined when its signature is good.
 * It says what to look at and never what the signature should have been.
 */
export type SignatureFault = string | undefined;

/** The value of a header that must come once. */
export function onlyHeader({ headers }: SignedRequest, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' ? value : undefined;
}

export function hmacOf(
  algorithm: string,
  secret: string | Buffer,
  ...parts: (string | Uint8Array)[]
): Buffer {
  const hmac = createHmac(algorithm, secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** Takes the same time whatever the first difference is. */
export function sameBytes(expected: Buffer, given: Buffer): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** Whether the time of a signature, in seconds as text, lies in the window; a text that is no time does not. */
export function isTimely(seconds: string, receivedAt: number): boolean {
  return /^[0-9]{1,12}$/.test(seconds) && Math.abs(receivedAt / 1_000 - Number(seconds)) <= TOLERANCE_S;
}
