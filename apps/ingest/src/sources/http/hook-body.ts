import { decodeUtf8, MAX_PAYLOAD_DEPTH, mediaType, parseJson } from '#libs/contracts';
import { grouped } from './grouped.js';

const JSON_TYPE = /^(?:application|text)\/(?:json|[^\s/]+\+json)$/;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** A body as an event has it. */
export interface HookBody {
  /** The text as it was received; base64 where the bytes are no UTF-8. */
  readonly bodyRaw: string;
  readonly bodyRawEncoding?: 'base64';
  /** What the text means by its Content-Type; null for nothing and for bytes that are no text. */
  readonly body: unknown;
}

/** Never fails: what cannot be understood stays a text, since the sender is not to blame by us. */
export function hookBody(bytes: Uint8Array, contentType: string | undefined): HookBody {
  if (bytes.length === 0) return { bodyRaw: '', body: null };
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    return { bodyRaw: Buffer.from(bytes).toString('base64'), bodyRawEncoding: 'base64', body: null };
  }
  return { bodyRaw: text, body: meaningOf(text, mediaType(contentType).type) };
}

function meaningOf(text: string, type: string): unknown {
  if (type === FORM_TYPE) return grouped(new URLSearchParams(text));
  if (!JSON_TYPE.test(type)) return text;
  try {
    return parseJson(text, MAX_PAYLOAD_DEPTH);
  } catch {
    return text;
  }
}
