import { validateHeaderName, validateHeaderValue } from 'node:http';
import { SseError } from '../errors.js';
import { EVENT_STREAM_HEADERS } from '../outlet.js';

/** Headers as applications give them. `undefined` takes away one that would be sent otherwise. */
export type HeadersGiven = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What an application says about the head of a response. */
export interface HeadOptions {
  /**
   * Default: 200, or what was set on the response before. Only 200 is a stream: with any other status the response
   * ends after its head, and so does the session. 204 tells clients to stop coming back, 301 and 307 (with a
   * `Location` header) send them elsewhere.
   */
  readonly statusCode?: number | undefined;
  /** Headers besides those of every event stream, or instead of them. Default: none. */
  readonly headers?: HeadersGiven | undefined;
}

/** Header fields by lower-case name, ready to be set. `undefined` means: not to be sent. */
export type Head = ReadonlyMap<string, string | string[] | undefined>;

/** Of a stream nobody knows the length. */
const NEVER = 'content-length';

/**
 * The header fields of a response: those of every event stream, then what was set on the response, then what the
 * options say, whatever the case of the names.
 *
 * @throws SseError `bad-option` for what HTTP cannot carry, so that nothing can fail once the session connects
 */
export function headOf(options: HeadOptions, ...preset: object[]): Head {
  const { statusCode } = options;
  if (statusCode !== undefined && !(Number.isInteger(statusCode) && statusCode >= 200 && statusCode <= 599)) {
    throw new SseError('bad-option', 'The status code of an event stream is between 200 and 599.');
  }
  const head = new Map<string, string | string[] | undefined>();
  for (const layer of [EVENT_STREAM_HEADERS, ...preset, options.headers ?? {}]) {
    for (const [name, value] of Object.entries(layer)) {
      const given = Array.isArray(value) || value === undefined ? value : String(value);
      head.set(name.toLowerCase(), checked(name, given));
    }
  }
  if (head.has(NEVER)) head.set(NEVER, undefined);
  return head;
}

function checked<Value extends string | string[] | undefined>(name: string, value: Value): Value {
  try {
    validateHeaderName(name);
    for (const one of value === undefined ? [] : [value].flat()) validateHeaderValue(name, one);
    return value;
  } catch (cause) {
    throw new SseError('bad-option', 'A header of an event stream cannot be sent.', { cause });
  }
}
