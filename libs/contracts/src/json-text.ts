import { MAX_PAYLOAD_DEPTH } from './limits.js';
import { Problem } from './problem.js';

/** Nesting that a request may have: the deepest payload, inside an item, inside a batch. */
const MAX_BODY_DEPTH = MAX_PAYLOAD_DEPTH + 2;

const BYTE_ORDER_MARK = '\uFEFF';

/** The line ends of Unicode at which some SSE clients cut the data (Python's `splitlines`). */
const UNICODE_LINE_ENDS = /[\u0085\u2028\u2029]/g;

/**
 * Keeps nothing from one text to the next. To make one costs more than to read an event's bytes. The mark lets a bundler
 * leave it out of the client for pages, which has no use for it.
 */
const UTF8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes, a byte order mark included, or undefined when they are something else. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The value of a JSON text, with or without a byte order mark.
 *
 * @param maxDepth levels of arrays and objects. Default: what a batch of the deepest payloads has
 * @throws Problem `malformed-request` when it is not JSON, or nested so deeply that writing it out again would
 *   overflow the stack
 */
export function parseJson(text: string, maxDepth = MAX_BODY_DEPTH): unknown {
  if (jsonDepth(text) > maxDepth) {
    throw new Problem('malformed-request', `The JSON is nested more than ${maxDepth} levels deep.`);
  }
  try {
    return JSON.parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
  } catch (error) {
    // The parser's own message quotes the text, which may hold a secret.
    const position = /position (\d+)/.exec(String(error))?.[1];
    const where = position === undefined ? '' : `: see character ${position}, counted from 0`;
    throw new Problem('malformed-request', `The body is not valid JSON${where}.`, { cause: error });
  }
}

/** The same JSON with Unicode's own line ends escaped: they can stand in strings only. */
export function escapeLineEnds(json: string): string {
  return json.replace(UNICODE_LINE_ENDS, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Levels of arrays and objects in a JSON text, found without recursion and before anything is built. */
function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === BACKSLASH) i++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_BRACKET || unit === OPEN_BRACE) deepest = Math.max(deepest, ++depth);
    else if (unit === CLOSE_BRACKET || unit === CLOSE_BRACE) depth--;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
