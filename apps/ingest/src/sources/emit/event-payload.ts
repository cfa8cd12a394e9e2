/** Line ends of Unicode at which some SSE clients cut the data (Python's `splitlines`). */
const UNICODE_LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** The payload of an event: its JSON text in UTF-8. */
export function eventPayload(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value).replace(UNICODE_LINE_ENDS, escaped));
}

function escaped(end: string): string {
  return `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
