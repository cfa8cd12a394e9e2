import { createHash } from 'node:crypto';
import {
  channelFault,
  escapeLineEnds,
  type FieldError,
  MAX_IDEMPOTENCY_KEY_LENGTH,
  MAX_PAYLOAD_BYTES,
  MAX_PAYLOAD_DEPTH,
  Problem,
  type StreamKind,
} from '#libs/contracts';
import type { NewEvent } from '#libs/event-log';
import type { PublishBody } from './publish-body.js';

/** Fields that an event may have; another one is most likely a misspelt one of these. */
const FIELDS = new Set(['channel', 'payload', 'id']);

/** What {@link toNewEvents} makes of one item before keys are given. */
interface CheckedEvent {
  readonly channel: string | undefined;
  readonly payload: Buffer;
  readonly id: string | undefined;
  /** The payload as text. */
  readonly text: string;
}

/**
 * The events of a request, checked whole: one bad event refuses all of them and each bad one is named.
 *
 * @param key the Idempotency-Key of the request, if it has one; an event's own `id` goes before it
 * @throws Problem `malformed-request`, `too-large` (a payload), `idempotency-key-reused` (one id on two different
 *   events of the request)
 */
export function toNewEvents(
  kind: StreamKind,
  { items, batch }: PublishBody,
  key: string | undefined,
): NewEvent[] {
  const errors: FieldError[] = [];
  let tooLarge = false;
  const checked = items.map((item, index) => {
    const report = (field: string, message: string) => {
      errors.push({
        field: batch ? `events[${index}]${field && `.${field}`}` : field || 'body',
        message,
        index,
      });
    };
    const event = check(kind, item, report);
    if (event !== undefined && event.payload.length > MAX_PAYLOAD_BYTES) {
      tooLarge = true;
      report(
        'payload',
        `must have at most ${MAX_PAYLOAD_BYTES} bytes as JSON, and has ${event.payload.length}`,
      );
    }
    return event;
  });
  if (errors.length > 0) {
    const detail = 'The events cannot be stored as they are. Nothing was stored.';
    throw new Problem(tooLarge ? 'too-large' : 'malformed-request', detail, { errors });
  }
  return withKeys(checked as CheckedEvent[], key);
}

/** Checks the Idempotency-Key header. @throws Problem `malformed-request` */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const fault = keyFault(header);
  if (fault === undefined) return header;
  throw new Problem('malformed-request', `The Idempotency-Key ${fault}.`);
}

function check(
  kind: StreamKind,
  item: unknown,
  report: (field: string, message: string) => void,
): CheckedEvent | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    report('', 'must be an object with a channel and a payload');
    return undefined;
  }
  const { channel, payload, id } = item as Record<string, unknown>;
  for (const field of Object.keys(item)) {
    if (!FIELDS.has(field)) report(field.slice(0, 64), 'is not a field of an event');
  }
  if (channel !== undefined || kind === 'workflow') {
    const fault = channel === undefined ? 'is required' : channelFault(channel);
    if (fault !== undefined) report('channel', fault);
  }
  const fault = id === undefined ? undefined : keyFault(id);
  if (fault !== undefined) report('id', fault);
  if (payload === undefined) {
    report('payload', 'is required');
    return undefined;
  }
  const text = toJson(payload);
  if (text === undefined) {
    report('payload', `must not be nested more than ${MAX_PAYLOAD_DEPTH} levels deep`);
    return undefined;
  }
  const bytes = Buffer.from(text);
  return {
    channel: channel as string | undefined,
    payload: bytes,
    id: id as string | undefined,
    text,
  };
}

function withKeys(events: readonly CheckedEvent[], key: string | undefined): NewEvent[] {
  // Most events have no key, and a digest of each would be the dearest part of checking it.
  if (key === undefined && events.every(({ id }) => id === undefined)) {
    return events.map(({ channel, payload }) => ({ channel, payload }));
  }
  const fingerprints = events.map(({ channel, text }) => digest([channel ?? '', text]));
  refuseAmbiguousIds(events, fingerprints);
  const whole = key === undefined ? '' : digest(fingerprints);
  return events.map(({ channel, payload, id }, index) => {
    const fingerprint = fingerprints[index] as string;
    if (id !== undefined) return { channel, payload, dedupe: { key: `event ${id}`, fingerprint } };
    if (key === undefined) return { channel, payload };
    // The first event carries the digest of the whole request, so another body is recognised by it alone.
    const dedupe = { key: `request ${index} ${key}`, fingerprint: index === 0 ? whole : fingerprint };
    return { channel, payload, dedupe };
  });
}

function refuseAmbiguousIds(events: readonly CheckedEvent[], fingerprints: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const [index, { id }] of events.entries()) {
    if (id === undefined) continue;
    const other = seen.get(id);
    const fingerprint = fingerprints[index] as string;
    if (other !== undefined && other !== fingerprint) {
      throw new Problem(
        'idempotency-key-reused',
        'Two different events have the same id. Nothing was stored.',
        {
          errors: [
            { field: `events[${index}].id`, message: 'is the id of another event of the request', index },
          ],
        },
      );
    }
    seen.set(id, fingerprint);
  }
}

/** What is wrong with an idempotency key, as the rest of a sentence. */
export function keyFault(key: unknown): string | undefined {
  if (typeof key !== 'string') return 'must be a string';
  if (key.length === 0 || key.length > MAX_IDEMPOTENCY_KEY_LENGTH) {
    return `must have 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters`;
  }
  return /^[\x20-\x7e]+$/.test(key) ? undefined : 'must be printable ASCII';
}

/** The value's JSON, or undefined when it is nested too deeply. */
function toJson(value: unknown): string | undefined {
  if (deeperThan(value, MAX_PAYLOAD_DEPTH)) return undefined;
  return escapeLineEnds(JSON.stringify(value));
}

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((child) => deeperThan(child, levels - 1));
}

/** What is remembered of an event under its idempotency key. */
export function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest('base64url').slice(0, 22);
}
