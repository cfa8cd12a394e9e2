import type { StreamEvent } from '#libs/sdk';
import { safeJson } from '../terminal/write-json.js';

/** A JSON string, which is kept, or white space between other things, which is not. */
const STRING_OR_SPACE = /"[^"\\]*(?:\\.[^"\\]*)*"|[ \t\r\n]+/g;

/** The event as one line of JSON: its payload, or all of it. */
export function eventLine(event: StreamEvent, options: { readonly whole: boolean }): string {
  const payload = compact(event);
  if (!options.whole) return payload;
  const { id, channel } = event;
  // Pieced together, so that the payload stays as it was sent, large numbers included.
  return `${safeJson(JSON.stringify({ id, channel })).slice(0, -1)},"payload":${payload}}`;
}

/** The payload's JSON on one line. Nothing but space between its parts is changed. */
function compact({ payload, data }: StreamEvent): string {
  // What is no JSON was taken for text.
  const json = typeof payload === 'string' ? JSON.stringify(payload) : data;
  return safeJson(json.replace(STRING_OR_SPACE, (part) => (part.startsWith('"') ? part : '')));
}
