import type { Msg, MsgHdrs } from '@nats-io/nats-core';
import type { TraceHeaders } from '#libs/tracing';
import { type HeaderValues, headerValues } from './header-values.js';

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

/** The event in the answer to a direct get, or undefined when the message is none. */
export function storedEvent(message: Msg): StoredEvent | undefined {
  return eventIn(message, headerValues(message));
}

/** The event in a republished message, or undefined when somebody else put the message on the subject. */
export function liveEvent(message: Msg): LiveEvent | undefined {
  const values = headerValues(message);
  const event = eventIn(message, values);
  // In a batch reply this header means the previous message of the batch: it proves nothing there.
  const previousSeq = sequenceIn(values.last('Nats-Last-Sequence'), 0);
  if (event === undefined || previousSeq === undefined) return undefined;
  return { ...event, previousSeq, ts: Number.isNaN(event.ts) ? Date.now() : event.ts };
}

function eventIn({ data }: Msg, values: HeaderValues): StoredEvent | undefined {
  const seq = sequenceIn(values.last('Nats-Sequence'), 1);
  if (seq === undefined) return undefined;
  const ts = Date.parse(values.last('Nats-Time-Stamp'));
  if (!values.readable) {
    return { seq, ts, channel: undefined, fingerprint: undefined, payload: data, unreadable: true };
  }
  const channel = values.first(CHANNEL_HEADER) || undefined;
  const fingerprint = values.first(FINGERPRINT_HEADER) || undefined;
  return { seq, ts, channel, fingerprint, payload: data };
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

function sequenceIn(text: string, least: number): number | undefined {
  const seq = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(seq) && seq >= least ? seq : undefined;
}
