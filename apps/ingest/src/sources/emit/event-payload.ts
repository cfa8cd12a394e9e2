import { escapeLineEnds } from '#libs/contracts';

/** The payload of an event: its JSON text in UTF-8. */
export function eventPayload(value: unknown): Buffer {
  return Buffer.from(escapeLineEnds(JSON.stringify(value)));
}
