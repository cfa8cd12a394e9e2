import type { Msg, MsgHdrs } from '@nats-io/nats-core';
import type { TraceHeaders } from '#libs/tracing';

/** Header that carries an event's channel; NATS publishers set it themselves. */
export const CHANNEL_HEADER = 'Runnel-Channel';

/** Header with a digest of what was sent under an idempotency key, so that another body is recognised. */
export const FINGERPRINT_HEADER = 'Runnel-Fingerprint';

/** An event as JetStream keeps it. Nothing is validated here: whoever shows it to subscribers does that. */
export interface StoredEvent {
  /** Sequence in the shard: rises from event to event of a stream, with holes where other streams wrote. */
  readonly seq: number;
  /** Milliseconds since 1970, by the clock of the NATS server that stored it. */
  readonly ts: number;
  readonly channel: string | undefined;
  /** Digest of what was sent under the event's idempotency key, if it had one. */
  readonly fingerprint: string | undefined;
  /** The payload's JSON text in UTF-8. A view on the client's buffer: copy it to keep it. */
  readonly payload: Uint8Array;
  /** The work that it follows from, where that is traced and somebody asked for it; live events only. */
  readonly trace?: TraceHeaders | undefined;
  /** Set when the publisher's headers cannot be read. Where it stands in the stream is known nevertheless. */
  readonly unreadable?: true;
}

/** An event as it is republished, with the sequence of the event before it on the same stream. */
export interface LiveEvent extends StoredEvent {
  /** 0 for the first event of a stream. What lies between it and `seq` belongs to other streams. */
  readonly previousSeq: number;
}

/** The last value of a header, which is JetStream's own where it sets one: it adds its headers behind all others. */
type LastValue = (name: string) => string;

/**
 * The headers of a message, or undefined when it has none or they cannot be read: the client throws at a line end in
 * a value, which would end the subscription that the message came over.
 */
export function readHeaders(message: Msg): MsgHdrs | undefined {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
}

/** The event in the answer to a direct get, or undefined when the message is none. */
export function storedEvent(message: Msg): StoredEvent | undefined {
  return eventIn(message, lastValues(message));
}

/** The event in a republished message, or undefined when somebody else put the message on the subject. */
export function liveEvent(message: Msg): LiveEvent | undefined {
  const last = lastValues(message);
  const event = eventIn(message, last);
  // In a batch reply this header means the previous message of the batch: it proves nothing there.
  const previousSeq = sequenceIn(last('Nats-Last-Sequence'), 0);
  if (event === undefined || previousSeq === undefined) return undefined;
  return { ...event, previousSeq, ts: Number.isNaN(event.ts) ? Date.now() : event.ts };
}

function eventIn(message: Msg, last: LastValue): StoredEvent | undefined {
  const seq = sequenceIn(last('Nats-Sequence'), 1);
  if (seq === undefined) return undefined;
  const headers = readHeaders(message);
  return {
    seq,
    ts: Date.parse(last('Nats-Time-Stamp')),
    channel: headers?.get(CHANNEL_HEADER) || undefined,
    fingerprint: headers?.get(FINGERPRINT_HEADER) || undefined,
    payload: message.data,
    ...(headers === undefined && { unreadable: true }),
  };
}

/** What is traced says so in the headers of its message, as W3C Trace Context has it for HTTP. */
export function traceIn(headers: MsgHdrs | undefined): TraceHeaders | undefined {
  const traceparent = headers?.get('traceparent');
  if (!traceparent) return undefined;
  const tracestate = headers?.get('tracestate');
  return tracestate ? { traceparent, tracestate } : { traceparent };
}

export function setTrace(headers: MsgHdrs, { traceparent, tracestate }: TraceHeaders): void {
  headers.set('traceparent', traceparent);
  if (tracestate !== undefined) headers.set('tracestate', tracestate);
}

function lastValues(message: Msg): LastValue {
  const headers = readHeaders(message);
  if (headers !== undefined) return (name) => headers.last(name);
  const text = headerText(message);
  return (name) => text.match(new RegExp(`.*^${name}: *([^\\r\\n]*)\\r$`, 'ms'))?.[1] ?? '';
}

/** The bytes of the headers, which the client keeps in front of the payload and does not give out. */
function headerText(message: Msg): string {
  const { buffer, byteOffset } = message.data;
  const length = headerBytes(message);
  return Buffer.from(buffer, byteOffset - length, length).toString('latin1');
}

/** Bytes of a message's headers. The client knows the size of a message, which its types do not say. */
export function headerBytes(message: Msg & { size?: () => number }): number {
  const { subject, reply = '', data } = message;
  return (message.size?.() ?? 0) - subject.length - reply.length - data.length;
}

function sequenceIn(text: string, least: number): number | undefined {
  const seq = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(seq) && seq >= least ? seq : undefined;
}
